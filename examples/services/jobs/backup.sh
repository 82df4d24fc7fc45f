# Called as: backup.sh --keep N --to DIRECTORY
while [ $# -gt 0 ]; do
  case $1 in
    --keep) keep=$2 ;;
    --to) to=$2 ;;
  esac
  shift 2
done
mkdir -p "$to"
echo "keep $keep" >"$to/policy"
