#!/usr/bin/env bash
# Documents, filters, preconditions, an offline queue and the change feed, with nothing but curl.
set -euo pipefail

home=${LANYARD_HOME:-${XDG_STATE_HOME:-$HOME/.local/state}/lanyard}
api=$(cat "$home/api")
api=${api%/}

# The token goes to curl by a file of options, so that no list of processes shows it.
call() {
  curl --silent --show-error --config <(printf 'header = "Authorization: Bearer %s"\n' "$(cat "$home/token")") \
    --header 'Content-Type: application/json' "$@"
  echo
}

echo '# an expense, with an amount that keeps its digits'
call -X PUT "$api/api/docs/expense/tea" -d '{"what": "tea", "amount": 2.40, "paid": false}' >/dev/null
call -X PUT "$api/api/docs/expense/train" -d '{"what": "train", "amount": 12.10, "paid": false}' >/dev/null
call "$api/api/docs/expense/train"

echo '# a change of one field, then one that comes too late'
call -X PATCH "$api/api/docs/expense/train" -d '{"paid": true}' >/dev/null
call --output /dev/null --write-out '%{http_code}' \
  -X PATCH "$api/api/docs/expense/train" -H 'If-Match: "0"' -d '{"paid": false}'

echo '# what costs ten or more'
call --get "$api/api/docs/expense" --data-urlencode 'where=amount>=10' | grep -o '"data":{[^}]*}'

echo '# what was queued while the program was offline, all or nothing'
call -X POST "$api/api/sync/batch" -d '[
  {"action": "CREATE", "resourceType": "expense", "resourceId": "hotel", "data": {"what": "hotel", "amount": 90}, "deviceId": "phone"},
  {"action": "DELETE", "resourceType": "expense", "resourceId": "tea", "deviceId": "phone"}
]' | grep -o '"outcome":"[a-z]*"'

echo '# everything there is, one event a line'
call --no-buffer "$api/api/sync/changes?collection=expense&live=false" | grep -o '"type":"[a-z_]*"\|"id":"[a-z]*"'
