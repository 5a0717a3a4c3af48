# Runs a folder's script: $1 is the umask, $2 the folder, $3 the script. Its first line names its interpreter, else bash.
umask "$1"
cd "$2" || exit
case "$(head -c 2 "$3")" in
'#!') exec "$3" ;;
*) exec bash "$3" ;;
esac
