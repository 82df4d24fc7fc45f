# Called as: report.sh --lines N --title TEXT
while [ $# -gt 0 ]; do
  case $1 in
    --title) title=$2 ;;
    --lines) lines=$2 ;;
  esac
  shift 2
done
echo "$title"
seq "$lines"
