for s in $(seq $1 $2); do timeout 60 npx tsx zz.ts $s $((s+1)) short > /tmp/exc/o 2>&1; rc=$?; if [ $rc -ne 0 ]; then echo "seed $s rc $rc"; npx tsx zz2.ts $s; fi; grep -A3 "^seed" /tmp/exc/o; done
