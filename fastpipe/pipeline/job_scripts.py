"""The bodies of job scripts, for bash. What differs from run to run stands before them as variables."""

from typing import Final

THREAD_VARIABLES: Final = """\
# Before Python starts: libraries read them once. Fastpipe's own threads are the only ones.
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 NUMEXPR_NUM_THREADS=1 NUMBA_NUM_THREADS=1
export MALLOC_TRIM_THRESHOLD_=0
"""

SLURM_SEARCH: Final = """
index=${SLURM_ARRAY_TASK_ID:-1}
limit=()
local_disk=${SLURM_TMPDIR:-${TMPDIR:-/tmp}}

# What ran out of time goes on where it stopped, and what found a busy disk may find it free: at most 20 times, so that
# a search that never gets further does not come back for ever.
run_again() {
  if [ "${SLURM_RESTART_COUNT:-0}" -lt 20 ] && [ -n "${SLURM_JOB_ID:-}" ]; then
    scontrol requeue "$SLURM_JOB_ID"
  fi
}
"""

PBS_SEARCH: Final = """
index=${PBS_ARRAY_INDEX:-1}
# PBS gives no notice of its time limit, so the search is told to stop before it.
limit=(timeout --foreground --preserve-status --signal=TERM "$search_s")
local_disk=${TMPDIR:-/tmp}

# A job may not requeue itself under PBS.
run_again() {
  echo "not finished: hand the array over again, and it goes on where it stopped"
}
"""

SEARCH_BODY: Final = r"""
task=$(( ${FASTPIPE_OFFSET:-0} + index ))
if [ "$(sha256sum <"$out/tasks.txt")" != "$tasks_digest  -" ]; then
  echo "found $out/tasks.txt missing or written anew after this array was submitted; submit the new array" >&2
  exit 2
fi
line=$(sed -n "${task}p" "$out/tasks.txt")
if [ -z "$line" ]; then
  echo "found no line $task in $out/tasks.txt, expected the command of a search; submit the array as it was printed" >&2
  exit 2
fi
# The file holds quoted words; the last one is the catalogue.
eval "command=($line)"
folder=$(dirname -- "${command[-1]}")
mkdir -p -- "$folder" && rm -f -- "$folder/exit_code" || exit 75
echo "task $task on $(hostname): $folder"

# Compiled kernels are copied to the disk of the node, for this job alone: processes that compile into one folder at the
# same time can spoil it, and Numba is not made for shared disks. The first job that ends well on a kind of processor leaves
# them for others.
scratch=$(mktemp -d "$local_disk/fastpipe-XXXXXXXX") || exit 75
trap 'rm -rf -- "$scratch"' EXIT
export FASTPIPE_CACHE=$scratch/cache
mkdir -p "$FASTPIPE_CACHE/kernels"
mine=$FASTPIPE_CACHE/kernels/$(basename -- "$kernels")
left=$out/kernels/$(basename -- "$kernels")-$(grep -m1 '^model name' /proc/cpuinfo | cut -d: -f2 | tr -cs 'A-Za-z0-9\n' _)
for warm in "$left" "$kernels"; do
  if [ -d "$warm" ] && cp -R -- "$warm" "$mine"; then
    break
  fi
done

leave_kernels() {
  local part
  if [ -d "$mine" ] && [ ! -e "$left" ]; then
    mkdir -p "$out/kernels" && part=$(mktemp -d "$out/kernels/part-XXXXXXXX") || return
    # The name appears when all is there; where another job was first, its copy stays.
    cp -R -- "$mine" "$part/kernels" && mv -nT -- "$part/kernels" "$left"
    rm -rf -- "$part"
  fi
}

# bash runs a trap only between commands, so the search runs beside it.
search=
signalled=
out_of_time=
stop_search() {
  signalled=yes
  if [ -n "$search" ]; then
    kill -TERM "$search" 2>/dev/null
  fi
}
trap stop_search TERM
trap 'out_of_time=yes; stop_search' USR1
"${limit[@]}" "${command[@]}" >>"$folder/search.log" 2>&1 &
search=$!
if [ -n "$signalled" ]; then
  kill -TERM "$search"
fi
while true; do
  signalled=
  wait "$search"
  code=$?
  # A signal ends the waiting, but not the search.
  if [ -z "$signalled" ]; then
    break
  fi
done
echo "$code" >"$folder/exit_code"
if [ "$code" -ne 0 ]; then
  tail -n 1 "$folder/search.log"
fi
echo "exit code $code"

case $code in
  0) leave_kernels ;;
  75) run_again ;;
  # Without notice of the time limit somebody wanted it to end.
  143) if [ -n "$out_of_time" ] || [ "${#limit[@]}" -gt 0 ]; then run_again; fi ;;
esac
exit "$code"
"""

MERGE_BODY: Final = r"""
shopt -s nullglob
catalogues=("$out"/*/catalogue.h5)
code=0
if [ "${#catalogues[@]}" -eq 1 ]; then
  cp -- "${catalogues[0]}" "$out/.night.h5.part" && mv -- "$out/.night.h5.part" "$out/night.h5" || code=75
elif [ "${#catalogues[@]}" -gt 1 ]; then
  "${fastpipe[@]}" merge "${catalogues[@]}" -o "$out/night.h5" || code=$?
fi
"${fastpipe[@]}" status "$out"
status=$?
if [ "$code" -ne 0 ]; then
  exit "$code"
fi
exit "$status"
"""
