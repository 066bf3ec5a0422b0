#!/usr/bin/env bash
# Writes the dependency locks: hashes and no address. uv.lock stays out of the repository.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=.tools/bin/uv
export_lock() { "$uv" export --quiet --frozen --format requirements.txt --no-header --no-emit-project "${@:2}" -o "requirements/$1.txt" >/dev/null; }

"$uv" lock --quiet
export_lock base --group build
export_lock dev --all-extras --group build --group dev
export_lock node --only-group node
export_lock uv --only-group uv
for wish in bench/peers/*.in; do
  "$uv" pip compile --quiet --generate-hashes --no-header --no-annotate --python-version 3.11 "$wish" -o "${wish%.in}.txt" >/dev/null
done
if grep -n '://' requirements/*.txt bench/peers/*.txt; then
  echo "Un verrou contient une adresse." >&2
  exit 1
fi
