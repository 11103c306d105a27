#!/bin/sh
# SPDX-License-Identifier: MIT
# bench-live on few calls: everything that is sent is heard, every call ends with its summary.
set -eu
result=$("$UT_BUILD/tools/bench-live" --calls 5 --seconds 5 --undertone "$UNDERTONE" \
         "$UT_SOURCE/samples/escalating-en.wav")
echo "$result"
case $result in
*'"send_failed":0,"summaries":5,"media_missing_s":0.00,'*) ;;
*) echo "bench-live lost something"; exit 1 ;;
esac
