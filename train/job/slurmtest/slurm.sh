#!/usr/bin/env bash
# Slurm on one machine, in a folder of its own: no systemd, nothing in /etc, no account but the caller's.
#
#   slurm.sh up DIR [NODES]   start munged, slurmctld and a slurmd for each node, and wait until all nodes are idle
#   slurm.sh down DIR         cancel all jobs, and stop the daemons
#
# Commands find this Slurm by SLURM_CONF=DIR/slurm.conf. DIR needs a short path: sockets allow about 100 bytes.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin

usage() {
	sed -n '4,5s/^# *//p' "$0" >&2
	exit 2
}
[ $# -ge 2 ] || usage
mkdir -p "$2"
dir=$(cd "$2" && pwd)
export SLURM_CONF=$dir/slurm.conf

# freePort prints a port that nothing listens at, from a random place on.
freePort() {
	local port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
	while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
		port=$((port + 1))
	done
	echo "$port"
}

configure() {
	local host user memory node
	host=$(hostname -s)
	user=$(id -un)
	memory=$(awk '/^MemTotal/ { print int($2 / 2048) }' /proc/meminfo)
	cat <<TEXT
ClusterName=ftft
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$(freePort)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
CredType=cred/munge
# A requeued job waits for a second longer than its credential lasts, two minutes in the default configuration.
AuthInfo=socket=$dir/munge.socket,cred_expire=5
StateSaveLocation=$dir/state
SlurmdSpoolDir=$dir/spool-%n
SlurmctldPidFile=$dir/slurmctld.pid
SlurmdPidFile=$dir/slurmd-%n.pid
SlurmctldLogFile=$dir/slurmctld.log
SlurmdLogFile=$dir/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=batch_sched_delay=1,sched_interval=2
KillWait=10
MinJobAge=300
ReturnToService=2
# Nodes have more processors here than the machine, so that jobs of two processes run beside each other.
SlurmdParameters=config_overrides
TEXT
	for node in $(seq "$nodes"); do
		echo "NodeName=node$node NodeHostname=$host NodeAddr=127.0.0.1 Port=$(freePort) CPUs=4 RealMemory=$memory State=UNKNOWN"
	done
	echo "PartitionName=main Nodes=ALL Default=YES MaxTime=01:00:00 State=UP"
}

up() {
	local nodes=$1 node attempt
	umask 077
	mkdir -p "$dir/state"
	[ -f "$dir/munge.key" ] || head -c 1024 /dev/urandom >"$dir/munge.key"
	configure >"$SLURM_CONF"
	munged --force --key-file="$dir/munge.key" --socket="$dir/munge.socket" --pid-file="$dir/munged.pid" \
		--log-file="$dir/munged.log" --seed-file="$dir/munged.seed"
	slurmctld
	for node in $(seq "$nodes"); do
		slurmd -N "node$node"
	done
	for attempt in $(seq 150); do
		if [ "$(sinfo -h -t idle -o %D 2>/dev/null)" = "$nodes" ]; then
			return
		fi
		sleep 0.2
	done
	echo "slurm.sh: not all of $nodes nodes are idle after 30 s; the logs are in $dir" >&2
	sinfo >&2 || true
	down
	exit 1
}

# running prints the processes of this Slurm that live. A file may name a process that ended, and whose number another got.
running() {
	local file pid
	for file in "$dir"/slurmd-*.pid "$dir/slurmctld.pid" "$dir/munged.pid"; do
		pid=$(cat "$file" 2>/dev/null) || continue
		if grep -qE '^(munged|slurmctld|slurmd)' "/proc/$pid/comm" 2>/dev/null; then
			echo "$pid"
		fi
	done
}

down() {
	local pid attempt
	# --full reaches the batch scripts' children as well.
	scancel --full --signal=KILL --user="$(id -un)" 2>/dev/null || true
	for attempt in $(seq 50); do
		[ -n "$(squeue -h -t running,completing,suspended 2>/dev/null)" ] || break
		sleep 0.1
	done
	for pid in $(running); do
		kill "$pid" 2>/dev/null || true
	done
	for attempt in $(seq 100); do
		[ -n "$(running)" ] || return 0
		sleep 0.1
	done
	for pid in $(running); do
		kill -KILL "$pid" 2>/dev/null || true
	done
}

case $1 in
up) up "${3:-1}" ;;
down) down ;;
*) usage ;;
esac
