/** What a machine says of itself before anything is done to it, one line a fact. It reads only, and runs in any POSIX shell. */
export const lookScript = String.raw`own() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@" 2>/dev/null; fi; }
echo "look 1"
echo "now $(date +%s)"
if own true; then echo "root yes"; else echo "root no"; fi
echo "python $(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)"
if own test -e /etc/fogline/identity.yaml; then echo "owner $(own cat /etc/fogline/identity.yaml | base64 | tr -d '\n')"; fi
# Only whether they are there and whole: no key and no token leaves the machine.
if own grep -qs certificatePem /var/lib/fogline/identity.json; then echo "identity yes"; fi
for file in /etc/fogline/enrolment.token /var/lib/fogline/enrolment.token; do
  if own test -e "$file"; then
    case "$(own cat "$file" | sed 's/^fle_//' | tr '_-' '/+' | base64 -d 2>/dev/null | tail -c 1)" in
      '}') echo "token whole" ;;
      *) echo "token broken" ;;
    esac
  fi
done
`;
