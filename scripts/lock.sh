#!/usr/bin/env bash
# Writes the dependency locks: hashes and no address. uv.lock stays out of the repository.
# The versions already locked stay, but those of the packages named in FREE; with --upgrade, all go to their latest.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=$PWD/.tools/bin/uv
upgrade=${1:-}
export_lock() { "$uv" export --quiet --frozen --format requirements.txt --no-header --no-emit-project "${@:2}" -o "requirements/$1.txt" >/dev/null; }

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# uv keeps the versions of a uv.lock, and there is none here: one is made under the pins of the committed locks.
keep_pins() {
  local pins
  cp README.md LICENCE "$scratch"
  pins=$(grep -h '^[A-Za-z0-9].*==' requirements/*.txt | sed 's/ *\\$//' | sort -u)
  for name in ${FREE:-}; do pins=$(grep -v "^$name==" <<<"$pins"); done
  awk -v pins="$pins" '{ print } $0 == "[tool.uv]" { print "constraint-dependencies = ["; n = split(pins, one, "\n")
    for (i = 1; i <= n; i++) print "  \"" one[i] "\","; print "]" }' pyproject.toml >"$scratch/pyproject.toml"
  if ! "$uv" lock --quiet --project "$scratch"; then
    echo "Les versions des verrous ne vont pas avec pyproject.toml : « make lock FREE=paquet » libère un paquet, « make upgrade » tous." >&2
    exit 1
  fi
  cp "$scratch/uv.lock" uv.lock
}

if [ "$upgrade" = --upgrade ]; then
  "$uv" lock --quiet --upgrade
else
  keep_pins
  "$uv" lock --quiet
fi
export_lock base --group build
export_lock dev --all-extras --group build --group dev
export_lock node --only-group node
export_lock uv --only-group uv
for wish in bench/peers/*.in; do
  "$uv" pip compile --quiet $upgrade --generate-hashes --no-header --no-annotate --python-version 3.11 "$wish" -o "${wish%.in}.txt" >/dev/null
done
if grep -n '://' requirements/*.txt bench/peers/*.txt; then
  echo "Un verrou contient une adresse." >&2
  exit 1
fi
