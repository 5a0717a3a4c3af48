# shellcheck shell=bash source-path=SCRIPTDIR
# Sources all parts. A part only defines functions and variables.

parts=$(dirname "${BASH_SOURCE[0]}")
. "$parts/lib.sh"
. "$parts/packages.sh"
. "$parts/tools.sh"
. "$parts/interface.sh"
. "$parts/python.sh"
. "$parts/engine.sh"
. "$parts/base-image.sh"
. "$parts/display.sh"
. "$parts/step.sh"
. "$parts/sweep.sh"
. "$parts/advisory-sources.sh"
