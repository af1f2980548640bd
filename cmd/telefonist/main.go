// Telefonist keeps a telephone system in step with Microsoft 365.
//
//	telefonist demo       a simulated tenant and a server with something to see
//	telefonist serve      the server
//	telefonist simulate   a simulated Microsoft 365 alone
//	telefonist setup      scripts that let Telefonist into a tenant
//	telefonist version    which program this is
//
// Every other command speaks to a running server, through the socket in its data
// folder or, with --server and a token, from anywhere.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	_ "time/tzdata" // zones, also where the machine has none

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	boundMemory()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// boundMemory has the garbage collector work harder from 280 MB on, rather than
// let a first round of 100,000 people double what it holds. GOMEMLIMIT, where it
// is set, says otherwise.
func boundMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(280 << 20)
	}
}

// run carries out one command line and returns the process's exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	status := -1
	var c commands
	parser, err := kong.New(&c,
		kong.Name("telefonist"),
		kong.Description("Keeps a telephone system in step with Microsoft 365."),
		kong.ShortUsageOnError(),
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { status = code }),
		kong.Vars{"version": version()},
		kong.ExplicitGroups([]kong.Group{{Key: "running", Title: "Of a running server:"}}),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
	if err != nil {
		fmt.Fprintln(stderr, "telefonist:", err)
		return 1
	}
	line, err := parser.Parse(args)
	if status >= 0 {
		return status
	}
	if err != nil {
		parser.Stdout = stderr // the usage, too: standard output may be another program's input
		parser.FatalIfErrorf(err)
		return 2
	}
	line.BindTo(ctx, (*context.Context)(nil))
	err = line.Run(&terminal{in: os.Stdin, out: stdout, err: stderr})
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return 130 // as a shell says of what Ctrl-C ended
	}
	if err != nil {
		if !errors.Is(err, errSaid) {
			fmt.Fprintln(stderr, "telefonist:", err)
		}
		return 1
	}
	return 0
}

// errSaid is an error whose sentence has been written.
var errSaid = errors.New("said")

// terminal is where a command reads and writes.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

// commands are all there are.
type commands struct {
	Demo     demoCommand     `cmd:"" help:"Start a simulated tenant and a server that shows it."`
	Serve    serveCommand    `cmd:"" help:"Start the server."`
	Simulate simulateCommand `cmd:"" help:"Start a simulated Microsoft 365."`
	Setup    setupCommand    `cmd:"" help:"Write the scripts that let Telefonist into a tenant."`
	Version  versionCommand  `cmd:"" help:"Print the version."`

	Organization organizationCommand `cmd:"" group:"running" help:"Customers."`
	User         userCommand         `cmd:"" group:"running" help:"Those who sign in to the console."`
	Token        tokenCommand        `cmd:"" group:"running" help:"API tokens."`
	Source       sourceCommand       `cmd:"" group:"running" help:"Connections to directories."`
	Check        checkCommand        `cmd:"" group:"running" help:"Try a connection, and tell the cure of what does not work."`
	Replicator   replicatorCommand   `cmd:"" group:"running" help:"Directory syncs: whom they take, what they write and when."`
	Plan         planCommand         `cmd:"" group:"running" help:"Show what a round that waits would do, or whom other settings would take."`
	Sync         syncCommand         `cmd:"" group:"running" help:"Run directory syncs now."`
	People       peopleCommand       `cmd:"" group:"running" help:"Where people stand, and what becomes of them."`
	Review       reviewCommand       `cmd:"" group:"running" help:"What waits for a person: approve, drop, undo."`
	Activity     activityCommand     `cmd:"" group:"running" help:"What people are doing: list, set, back."`
	Rules        rulesCommand        `cmd:"" group:"running" help:"What in a calendar becomes which activity."`
	Calendar     calendarCommand     `cmd:"" group:"running" help:"Reading calendars: health, proof, test mode and service."`
	Switchboard  switchboardCommand  `cmd:"" group:"running" help:"Telephone systems that are told activities."`
	Explain      explainCommand      `cmd:"" group:"running" help:"Tell everything about one person, now."`
}

// serverFlags are the settings as flags; file and environment stand under them.
type serverFlags struct {
	Config    string   `help:"File of settings." type:"existingfile" env:"TELEFONIST_SETTINGS"`
	Listen    string   `help:"Address and port to listen on."`
	Data      string   `help:"Folder of database, key and socket."`
	Database  string   `help:"postgres://… instead of SQLite in the data folder."`
	PublicURL string   `help:"Where others reach this server." name:"public-url"`
	Allow     []string `help:"Private ranges that customers' settings may reach." name:"networks-allow"`
	LogLevel  string   `help:"debug, info, warn or error."`
	LogFormat string   `help:"text or json."`
}

// settings lays flags over the environment over the file over base.
func (f serverFlags) settings(base Settings) (Settings, error) {
	s := base
	if err := s.load(f.Config, os.Environ()); err != nil {
		return s, err
	}
	for to, value := range map[*string]string{
		&s.Listen: f.Listen, &s.Data: f.Data, &s.Database: f.Database, &s.PublicURL: f.PublicURL,
		&s.Log.Level: f.LogLevel, &s.Log.Format: f.LogFormat,
	} {
		if value != "" {
			*to = value
		}
	}
	s.Networks.Allow = append(s.Networks.Allow, f.Allow...)
	return s, s.check()
}

// logger writes as the settings say.
func (s Settings) logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.Log.Level)); err != nil {
		return nil, fmt.Errorf("log.level: %q is not debug, info, warn or error", s.Log.Level)
	}
	options := &slog.HandlerOptions{Level: level}
	switch s.Log.Format {
	case "json":
		return slog.New(slog.NewJSONHandler(w, options)), nil
	case "text":
		return slog.New(slog.NewTextHandler(w, options)), nil
	}
	return nil, fmt.Errorf("log.format: %q is not text or json", s.Log.Format)
}

// address is how a browser on this machine reaches a server.
func (s Settings) address(listening string) string {
	if s.PublicURL != "" {
		return s.PublicURL
	}
	scheme := "http"
	if s.TLS.Certificate != "" {
		scheme = "https"
	}
	return scheme + "://" + strings.NewReplacer("0.0.0.0:", "127.0.0.1:", "[::]:", "127.0.0.1:").Replace(listening)
}
