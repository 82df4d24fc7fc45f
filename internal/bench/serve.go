package main

import (
	"bufio"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// What is measured of the provider alone.
const (
	alone     = "the provider"
	listening = "start to listening"
	schema    = "start to schema served"
)

// serves is how often the provider is started in one turn.
const serves = 5

// serving returns the job that starts the provider as an engine does and asks for its schema.
func serving(e engine) job {
	return job{
		name: "start of the provider",
		keys: []key{{Case: alone, Step: listening}, {Case: alone, Step: schema}},
		measure: func(ctx context.Context) ([]cost, error) {
			var first, second []time.Duration
			for range serves {
				heard, answered, err := serve(ctx, e)
				if err != nil {
					return nil, err
				}
				first, second = append(first, heard), append(second, answered)
			}
			return []cost{{Wall: median(first)}, {Wall: median(second)}}, nil
		},
	}
}

// serve starts the provider and ends it again. It returns when the provider listened, and
// when it had answered.
func serve(ctx context.Context, e engine) (heard, answered time.Duration, err error) {
	cmd := exec.CommandContext(ctx, e.provider)
	// Source of the cookie: the handshake of terraform-plugin-go, tf6server.
	cmd.Env = append(e.environment(), "PLUGIN_PROTOCOL_VERSIONS=6",
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2")
	isolate(cmd)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	defer func() {
		killGroup(cmd.Process.Pid)
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return 0, 0, fmt.Errorf("the provider said nothing: %w", err)
	}
	heard = time.Since(begin)
	network, address, err := handshake(line)
	if err != nil {
		return 0, 0, err
	}
	if network == "unix" {
		address = "unix:" + address
	}
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = conn.Close() }()
	var reply message
	err = conn.Invoke(ctx, "/tfplugin6.Provider/GetProviderSchema", message{}, &reply,
		grpc.ForceCodec(verbatim{}), grpc.MaxCallRecvMsgSize(64<<20))
	answered = time.Since(begin)
	if err == nil && len(reply) == 0 {
		err = fmt.Errorf("the provider has an empty schema")
	}
	return heard, answered, err
}

// handshake reads the line in which a plugin says where it listens, such as
// "1|6|unix|/tmp/plugin123|grpc|".
func handshake(line string) (network, address string, err error) {
	fields := strings.Split(strings.TrimSpace(line), "|")
	if len(fields) < 5 || fields[4] != "grpc" {
		return "", "", fmt.Errorf("the provider does not speak as a plugin: %q", line)
	}
	return fields[2], fields[3], nil
}

// message is a message of the protocol as it is on the wire. That of the request for a
// schema is empty, and of the answer only the arrival counts.
type message []byte

// verbatim passes messages on as they are.
type verbatim struct{}

func (verbatim) Name() string { return "proto" }

func (verbatim) Marshal(v any) ([]byte, error) {
	m, ok := v.(message)
	if !ok {
		return nil, fmt.Errorf("a %T is no message", v)
	}
	return m, nil
}

func (verbatim) Unmarshal(data []byte, v any) error {
	m, ok := v.(*message)
	if !ok {
		return fmt.Errorf("a %T is no message", v)
	}
	*m = append((*m)[:0], data...)
	return nil
}
