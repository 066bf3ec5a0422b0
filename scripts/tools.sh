#!/usr/bin/env bash
# Puts uv in .tools from its hashed lock. Usage: scripts/tools.sh PYTHON
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "Il faut Python 3.11 ou plus récent : apt-get install python3 (ou make PYTHON=/chemin/vers/python3)." >&2
  exit 1
fi
if ! "$python" -m pip --version >/dev/null 2>&1; then
  echo "Il manque pip : apt-get install python3-pip." >&2
  exit 1
fi
echo "Installation de l'outil uv dans .tools"
"$python" -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --upgrade \
  --require-hashes --target .tools -r requirements/uv.txt
