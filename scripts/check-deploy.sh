#!/usr/bin/env bash
# Checks every file of deploy/ with the tool that reads it. What is not installed is skipped, with a word.
#   VAXLOOM      the program (default: vaxloom of the PATH), to which stand-ins for the night are not needed
#   KUBERNETES   a Python that has kubernetes-validate (PyPI)
#   AIRFLOW      a Python that has apache-airflow (PyPI)
set -uo pipefail
cd "$(dirname "$0")/../deploy"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
said() { printf '%-12s %s\n' "$1" "$2"; }
wrong() { said "$1" "FAILED: $2"; failed=1; }

# A night to start: the real program on an empty place would fail, so a cohort of one stands ready.
root=$(cd .. && pwd)
vaxloom=${VAXLOOM:-$(command -v vaxloom || true)}
if [ -n "$vaxloom" ]; then
    head -n 2 "$root/data-samples/samples.csv" >"$work/samples.csv"
    ln -s "$root/data-samples/vcf" "$work/vcf"
    printf '[cohort]\nsamples = "samples.csv"\n[lake]\npath = "lake"\n' >"$work/vaxloom.toml"
fi

systemd() {
    command -v systemd-analyze >/dev/null || { said systemd "skipped: no systemd-analyze"; return; }
    # The units name a program and an account that this machine need not have.
    mkdir "$work/units"
    sed -e "s|/usr/local/bin/vaxloom|/bin/true|" -e "s/=vaxloom$/=root/" systemd/vaxloom-nightly.service >"$work/units/vaxloom-nightly.service"
    sed -e "s|/usr/local/bin/vaxloom|/bin/true|" -e "s/=vaxloom$/=root/" systemd/vaxloom-serve.service >"$work/units/vaxloom-serve.service"
    cp systemd/vaxloom-nightly.timer "$work/units/"
    local words
    words=$(systemd-analyze verify --man=no "$work"/units/* 2>&1 | grep -e vaxloom-nightly -e vaxloom-serve)
    [ -z "$words" ] || { wrong systemd "$words"; return; }
    systemd-analyze calendar --iterations=1 "$(sed -n 's/^OnCalendar=//p' systemd/vaxloom-nightly.timer)" >/dev/null 2>&1 || { wrong systemd "OnCalendar"; return; }
    said systemd "ok: systemd-analyze verify, calendar"
}

cron() {
    local line entry
    line=$(grep -v -e '^#' -e '^[A-Z]*=' cron/vaxloom-nightly)
    echo "$line" | grep -Eq '^([0-9*/,-]+ ){5}[a-z]+ ' || { wrong cron "not five fields, an account and a command"; return; }
    # A percent sign is a line break to cron.
    case $line in *%*) wrong cron "a percent sign"; return ;; esac
    entry=$(echo "$line" | cut -d' ' -f7-)
    sh -n -c "$entry" || { wrong cron "the shell cannot read the command"; return; }
    local code out
    for code in 0 75 3; do
        mkdir -p "$work/bin"
        printf '#!/bin/sh\necho log\nexit %s\n' "$code" >"$work/bin/vaxloom" && chmod +x "$work/bin/vaxloom"
        out=$(PATH="$work/bin:$PATH" sh -c "$entry")
        case $code in
        3) [ "$(echo "$out" | wc -l)" = 2 ] || { wrong cron "a night with quarantine is not mailed"; return; } ;;
        *) [ -z "$out" ] || { wrong cron "mails what ended with $code"; return; } ;;
        esac
    done
    said cron "ok: fields, command, what is mailed"
}

kubernetes() {
    local python=${KUBERNETES:-python3}
    "$python" -c 'import kubernetes_validate' 2>/dev/null || { said kubernetes "skipped: no kubernetes-validate (PyPI) in $python; KUBERNETES names another"; return; }
    "$python" - kubernetes/cronjob.yaml <<'PYTHON' || { wrong kubernetes "schema"; return; }
import sys, yaml, kubernetes_validate
version = kubernetes_validate.latest_version()
for document in yaml.safe_load_all(open(sys.argv[1])):
    kubernetes_validate.validate(document, version, strict=True)
print(f"kubernetes   ok: strict schema of Kubernetes {version}")
PYTHON
}

airflow() {
    local python=${AIRFLOW:-python3} log="$work/airflow.log" dags="$PWD/airflow"
    # Not from here: the folder has the name of the package.
    (cd / && "$python" -c 'import airflow.sdk') 2>/dev/null || { said airflow "skipped: no apache-airflow (PyPI) in $python; AIRFLOW names another"; return; }
    [ -n "$vaxloom" ] || { said airflow "skipped: no vaxloom; VAXLOOM names one"; return; }
    (
        export AIRFLOW_HOME="$work/airflow" AIRFLOW__CORE__LOAD_EXAMPLES=False AIRFLOW__CORE__DAGS_FOLDER="$dags"
        cd "$work" || exit 1
        export PATH="$(dirname "$python"):$PATH" VAXLOOM="$vaxloom" VAXLOOM_CONFIG="$work/vaxloom.toml" PYTHONDONTWRITEBYTECODE=1
        "$python" -m airflow db migrate >"$log" 2>&1 &&
            "$python" -m airflow dags test vaxloom_nightly 2026-01-02 >>"$log" 2>&1 && grep -q "state=success" "$log"
    ) || { wrong airflow "$(tail -n 5 "$log")"; return; }
    said airflow "ok: airflow dags test, with a real night"
}

slurm() {
    bash -n slurm/vaxloom-nightly.sbatch || { wrong slurm "the shell cannot read it"; return; }
    command -v slurmctld >/dev/null && command -v slurmd >/dev/null && command -v munged >/dev/null || { said slurm "skipped: no slurmctld, slurmd and munged (Debian: slurmctld slurmd slurm-client munge)"; return; }
    [ "$(id -u)" = 0 ] || { said slurm "skipped: a cluster on one machine is started as root"; return; }
    [ -n "$vaxloom" ] || { said slurm "skipped: no vaxloom; VAXLOOM names one"; return; }
    one_machine || { wrong slurm "no cluster on this machine: $(tail -n 3 "$work"/slurm/*.log 2>/dev/null)"; stop_slurm; return; }
    local state
    (cd "$work" && VAXLOOM="$vaxloom" VAXLOOM_CONFIG="$work/vaxloom.toml" SLURM_CONF="$work/slurm/slurm.conf" sbatch --wait "$OLDPWD/slurm/vaxloom-nightly.sbatch") >"$work/sbatch.log" 2>&1
    state=$?
    stop_slurm
    [ "$state" = 0 ] || { wrong slurm "sbatch --wait ended with $state: $(cat "$work"/vaxloom-nightly-*.log "$work/sbatch.log" 2>/dev/null | tail -n 5)"; return; }
    said slurm "ok: sbatch, with a real night"
}

# munged, slurmctld and slurmd, with everything of theirs below one folder.
one_machine() {
    local folder="$work/slurm" host cpus
    host=$(hostname -s); cpus=$(nproc)
    mkdir -p "$folder"/{state,spool}; chmod 755 "$work" "$folder"
    dd if=/dev/urandom of="$folder/munge.key" bs=1024 count=1 2>/dev/null; chmod 600 "$folder/munge.key"
    cat >"$folder/slurm.conf" <<CONF
ClusterName=check
SlurmctldHost=$host
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CryptoType=crypto/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
NodeName=$host CPUs=$cpus RealMemory=4200 State=UNKNOWN
PartitionName=check Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF
    munged --force --key-file="$folder/munge.key" --socket="$folder/munge.socket" --pid-file="$folder/munge.pid" \
        --log-file="$folder/munge.log" --seed-file="$folder/munge.seed" || return 1
    export SLURM_CONF="$folder/slurm.conf"
    slurmctld -f "$folder/slurm.conf" && slurmd -f "$folder/slurm.conf" || return 1
    for _ in $(seq 60); do
        sinfo -h -o %T 2>/dev/null | grep -q idle && return 0
        sleep 0.5
    done
    return 1
}

stop_slurm() {
    local name
    for name in slurmd slurmctld munge; do
        [ -f "$work/slurm/$name.pid" ] && kill "$(cat "$work/slurm/$name.pid")" 2>/dev/null
    done
    unset SLURM_CONF
    sleep 1
}

systemd
cron
kubernetes
airflow
slurm
exit $failed
