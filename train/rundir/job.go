package rundir

import (
	"fmt"
	"os"
	"time"

	"ftft/internal/disk"
	"ftft/internal/fault"
)

// Outside is the manifest's engine of a run that another program, its trainer, trains. Native is that of a run trained by this program.
const (
	Native  = "native"
	Outside = "command"
)

// JobFormat is the version of job.json that this package writes. A trainer refuses a greater one than it knows.
const JobFormat = 1

// Job is what a trainer needs to know of an outside run, beside its data: job/job.json. It is written before the run starts. Steps are
// steps of the optimiser; rates and sizes are those of the whole batch, over all processes.
type Job struct {
	Format          int       `json:"format"`
	ID              string    `json:"id"`
	Role            string    `json:"role"`
	Arm             Arm       `json:"arm,omitempty"`
	Seed            int64     `json:"seed"`
	Labels          []string  `json:"labels"`   // by class index
	Model           string    `json:"model"`    // folder of the weights, absolute, or a name of the hub
	Examples        int       `json:"examples"` // N, the rows of the dynamics
	Trained         int       `json:"trained"`  // the lines of train.jsonl
	BatchSize       int       `json:"batch_size"`
	StepsPerEpoch   int       `json:"steps_per_epoch"` // over the examples trained on
	Epochs          int       `json:"epochs"`          // over the examples trained on; the last one may be cut short
	MaxSteps        int       `json:"max_steps"`
	LearningRate    float64   `json:"learning_rate"` // peak; then falls linearly to 0 at max_steps
	WarmupSteps     int       `json:"warmup_steps"`
	WeightDecay     float64   `json:"weight_decay"` // not for biases and layer norms
	AdamEpsilon     float64   `json:"adam_epsilon"`
	Clip            float64   `json:"clip"`       // greatest norm of the gradient; 0 = no clipping
	Dropout         *float64  `json:"dropout"`    // null = as the model has it
	MaxLength       int       `json:"max_length"` // tokens
	Shuffle         bool      `json:"shuffle"`
	EvaluationSteps []int     `json:"evaluation_steps"`
	Evals           []JobEval `json:"evals"`
	Stop            *JobStop  `json:"stop,omitempty"` // absent = the run does not stop early
}

// JobEval is an evaluation set of a Job.
type JobEval struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"` // id | ood
	Use      string `json:"use"`  // validation | test
	File     string `json:"file"` // relative to the folder of job.json
	Examples int    `json:"examples"`
}

// JobStop configures early stopping of a Job: by the mean of the metric over the sets of kind ood and use validation.
type JobStop struct {
	Patience int    `json:"patience"` // evaluations without improvement
	Metric   string `json:"metric"`   // accuracy | macro_f1 | loss
}

// JobExample is a line of job/train.jsonl or of job/eval/<set>.jsonl.
type JobExample struct {
	Row      int     `json:"row"` // of examples.jsonl, or of the evaluation set's
	Text     string  `json:"text"`
	TextPair *string `json:"text_pair,omitempty"` // absent in a task of single texts; in one of pairs it may be empty
	Label    int     `json:"label"`               // class index
}

// The phases of a job, as its supervisor knows them.
const (
	Submitting = "submitting" // the intent: the job may or may not exist
	JobQueued  = "queued"     // the scheduler has it, or the child process has started and not logged anything yet
	JobRunning = "running"
	JobEnded   = "ended"
)

// JobState is how far the job of an outside run has got, as its supervisor knows: job/state.json.
type JobState struct {
	Format     int       `json:"format"`
	Phase      string    `json:"phase"`
	Submission string    `json:"submission"`        // random; the trainer's FTFT_SUBMISSION must be the same
	Command    []string  `json:"command,omitempty"` // the submit command, placeholders filled in
	Scheduler  string    `json:"scheduler"`         // command | torchrun | accelerate | slurm
	Job        string    `json:"job,omitempty"`     // the scheduler's ID
	PID        int       `json:"pid,omitempty"`     // of a child process on Host
	Host       string    `json:"host,omitempty"`    // of the supervisor
	Submitted  time.Time `json:"submitted,omitzero"`
	State      string    `json:"state,omitempty"`     // the scheduler's word for the job's state
	Reason     string    `json:"reason,omitempty"`    // why it waits or ended, in the scheduler's words
	Starts     time.Time `json:"starts,omitzero"`     // when the scheduler expects it to start
	Polled     time.Time `json:"polled,omitzero"`     // the last poll that succeeded
	Problem    string    `json:"problem,omitempty"`   // why polling fails; empty = it does not
	ExitCode   *int      `json:"exit_code,omitempty"` // of an ended job, if it is known
	Restarts   int       `json:"restarts,omitempty"`  // by the scheduler
	Seq        int64     `json:"seq,omitempty"`       // of the log's last event at the submission: later events are the job's
}

// Live reports whether a job was submitted that is not known to have ended.
func (s JobState) Live() bool { return s.Phase != "" && s.Phase != JobEnded }

// JobFolder is the folder of what an outside run's trainer reads and of its supervisor's files.
func (d Dir) JobFolder() string { return d.join("job") }

// Job is the file of the type Job.
func (d Dir) Job() string { return d.join("job", "job.json") }

// JobTrain is the list of the examples that an outside run trains on; see JobExample.
func (d Dir) JobTrain() string { return d.join("job", "train.jsonl") }

// JobEval is the list of the examples of an evaluation set; see JobExample.
func (d Dir) JobEval(set string) string { return d.join("job", "eval", set+".jsonl") }

// JobState is the file of the type JobState.
func (d Dir) JobState() string { return d.join("job", "state.json") }

// JobOutput is the file of a job's standard output and error.
func (d Dir) JobOutput() string { return d.join("job", "output.log") }

// Supervision is what the supervisor of an outside run locks: the file job/lock. It is apart from the run's lock, which the trainer
// holds.
type Supervision Dir

// LockFile is the file that the supervisor locks; see Lock.
func (s Supervision) LockFile() string { return Dir(s).join("job", "lock") }

// Busy reports whether a process trains a run, waits to train it, or supervises its job.
func Busy(dir Dir) bool { return Locked(dir) || Locked(Supervision(dir)) }

// attendant returns what the process that carries a run out locks: a native run itself, or the supervision of an outside run.
func (d Dir) attendant() lockable {
	if m, err := d.ReadManifest(); err == nil && m.Engine == Outside {
		return Supervision(d)
	}
	return d
}

// Attended reports whether a process of this program carries a run out: it trains it, or waits for its turn, or follows its job. The
// trainer of an outside run may be alive without one.
func (d Dir) Attended() bool { return Locked(d.attendant()) }

// Attendant returns the process that holds the lock of which Attended tells, 0 if there is none on this host.
func (d Dir) Attendant() (pid int) {
	lock := d.attendant()
	if !Locked(lock) {
		return 0
	}
	text, err := disk.ReadFile(lock.LockFile())
	host, _ := os.Hostname()
	if err != nil {
		return 0
	}
	if n, err := fmt.Sscanf(string(text), "%d on "+host, &pid); n != 1 || err != nil {
		return 0
	}
	return pid
}

// ReadJob reads job.json.
func (d Dir) ReadJob() (job Job, err error) {
	err = readJSON(d.Job(), &job)
	return job, err
}

// WriteJob writes job.json. It fills in the format.
func (d Dir) WriteJob(job Job) error {
	job.Format = JobFormat
	return disk.WriteJSON(d.Job(), job)
}

// ReadJobState reads state.json. The error is fs.ErrNotExist before the first submission.
func (d Dir) ReadJobState() (state JobState, err error) {
	if err := readJSON(d.JobState(), &state); err != nil {
		return state, err
	}
	if state.Format > JobFormat {
		return state, fault.At(d.JobState(), 0, fmt.Sprintf("format %d, where this ftft reads %d: use a newer ftft", state.Format, JobFormat))
	}
	return state, nil
}

// WriteJobState writes state.json, fsynced. It fills in the format.
func (d Dir) WriteJobState(state JobState) error {
	state.Format = JobFormat
	return disk.WriteJSON(d.JobState(), state)
}
