# The black-box tests' Python. Sourced by the scripts beside it, in the root folder.

venv=.cache/venv

# need_venv  Makes the environment anew when its requirements have changed.
need_venv() {
  cmp -s IntegrationTests/requirements.txt "$venv/requirements.txt" && return
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check -r IntegrationTests/requirements.txt
  cp IntegrationTests/requirements.txt "$venv/requirements.txt"
}
