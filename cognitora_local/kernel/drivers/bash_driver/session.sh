# How bash keeps a session: a loop that evaluates one piece of code after another.
#
# Nothing of it stays open in bash, so nothing of it is in the programs that bash starts, and code
# that closes descriptors closes none of it. Everything is opened when it is needed, by its number in
# the driver, which is $PPID for ever:
#
#   701  code     a file with the driver's own commands, of which the last evaluates the user's code
#   702  starts   a pipe with a number for each
#   703  reports  a pipe with records that end in NUL
#   704  stdout
#   705  stderr
#
# The loop is no function, or `declare` in the code would make local variables. What it does itself
# can neither be seen nor stopped by what the code has set: it is done in the condition of `while`,
# where `set -e` is off; with tracing and traps suspended, which the driver puts back with the next
# code; and by builtins, whatever functions and aliases there are.

\builtin cd -- "$1"
\builtin shift
\builtin unset OLDPWD
\builtin shopt -s expand_aliases
# By themselves these end a shell without an exit code. In what it starts they do what they always do.
for __cognitora in HUP ABRT USR1 USR2 PIPE ALRM TERM XCPU XFSZ VTALRM; do
  \builtin trap "\\builtin exit $((128 + $(\builtin kill -l $__cognitora)))" $__cognitora
done
\builtin unset __cognitora

# Tells how the code ended and what must be put back. From then until the next code begins, an
# interrupt is ignored: it came too late. KIND is `end`, or `exit` when the shell is about to exit.
__cognitora_report='{
  \builtin printf "\1KIND %d %d %s %d\n" "${__cognitora_number-0}" "$?" "$-" "$BASHPID" >&9;
  \builtin trap "" INT;
  \builtin trap -p ERR >&9; \builtin printf "\2" >&9;
  \builtin trap -p DEBUG >&9; \builtin printf "\2" >&9;
  \builtin trap -p EXIT >&9;
  \builtin trap - ERR DEBUG;
  \builtin trap "ON_EXIT" EXIT;
  \builtin set +emvx;
  \builtin printf "\0" >&9;
} 9>|"/proc/$PPID/fd/703" >/dev/null 2>&1'

# With extdebug a trap on DEBUG can make bash skip every command; then `false` succeeds, and the
# shell ends. So it does when it can't reach the driver any more. Without -t, TMOUT would end `read`.
# `builtin exec` would connect the streams for itself alone. The code is read with `read`, which ends
# with 1 where a file does: a signal during "$(<file)" runs its trap when bash has half a command in
# mind, and bash 5.2 then understands neither. The variable with it is unset by what it holds first.
__cognitora_loop='while REPORT &&
  \exec <"/proc/$PPID/fd/0" >|"/proc/$PPID/fd/704" 2>|"/proc/$PPID/fd/705" &&
  IFS= \builtin read -r -t 999999999 __cognitora_number <"/proc/$PPID/fd/702" ||
  { \builtin trap - EXIT; \builtin exit 1; };
  IFS= \builtin read -r -d "" -t 999999999 __cognitora_code <"/proc/$PPID/fd/701";
  ! \builtin false;
do
  \builtin eval "$__cognitora_code";
done;
\builtin echo "bash: break: only meaningful in a loop, so the code ended there" >&2;
\builtin exit 1'

# The session, in a copy of this shell: with all its variables, functions and options, and with its
# traps, which a subshell begins without.
__cognitora_copy='(
  { \builtin set +e; \builtin eval "$(\builtin trap -p)";
    [[ ${FUNCNAME+in a function} ]] && \builtin set --; } >/dev/null 2>&1;
  \builtin eval "${__cognitora[loop]}";
)'

# The trap on EXIT: with tracing on until it has reported.
__cognitora_trap='{ \\builtin eval \"\${__cognitora[exit]}\"; } 2>/dev/null; \\builtin eval \"\${__cognitora[next]}\"'

# What keeps the session when its shell exits, for whatever reason: a copy goes on. A trap on EXIT
# runs but once in a shell, so it must be a copy. Local variables of functions would live on in it,
# but that bash forgets them when `set -e` ends a shell; hence the one in between, which does that.
__cognitora_next='(
  { \builtin eval "$(\builtin trap -p)"; \builtin trap "${__cognitora[copy]}" EXIT; \builtin set -e; }
    >/dev/null 2>&1;
  \builtin eval "\builtin false";
)'

__cognitora_report=${__cognitora_report/ON_EXIT/"$__cognitora_trap"}
__cognitora_loop=${__cognitora_loop/REPORT/"${__cognitora_report/KIND/end}"}
__cognitora_exit=${__cognitora_report/KIND/exit}
# On one line, by which bash counts the lines of the code.
__cognitora_loop=${__cognitora_loop//$'\n'/ }
__cognitora_copy=${__cognitora_copy//$'\n'/ }
__cognitora_exit=${__cognitora_exit//$'\n'/ }
__cognitora_next=${__cognitora_next//$'\n'/ }
# Code can see one variable with all of it, and one with the number of what runs.
\builtin declare -A __cognitora
__cognitora=(
  [loop]=$__cognitora_loop [copy]=$__cognitora_copy [exit]=$__cognitora_exit [next]=$__cognitora_next
)
\builtin readonly __cognitora
\builtin unset __cognitora_{report,trap,loop,copy,exit,next}
