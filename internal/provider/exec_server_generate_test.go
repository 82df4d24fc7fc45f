package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"iter"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/vmihailenco/msgpack/v5"
	"github.com/vmihailenco/msgpack/v5/msgpcode"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/host/remote"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/service"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// oracle is a machine that answers every question the same way each time, and remembers
// what it was asked.
type oracle struct{ log []string }

func (o *oracle) Run(_ context.Context, c host.Command) (host.Result, error) {
	question := strings.Join(c.Argv, " ") + "|" + c.Dir + "|" + c.Stdin
	o.log = append(o.log, question)
	at := time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)
	result := host.Result{Started: at, Ended: at.Add(1234 * time.Millisecond)}
	h := hashed(question)
	if c.Stdout != nil && h%3 == 0 {
		_, _ = c.Stdout.Write([]byte(`{"n": 0.25, "l": [1, "x", null]}`))
	} else if c.Stdout != nil {
		_, _ = c.Stdout.Write([]byte("said " + question))
	}
	switch h % 7 {
	case 0, 1, 2:
		return result, nil
	case 3:
		return result, &host.SignalError{Name: "SIGKILL", Number: 9}
	}
	result.ExitCode = int(h % 4)
	return result, nil
}

func (o *oracle) Exists(_ context.Context, paths ...string) iter.Seq2[bool, error] {
	return host.OneByOne(paths, o.look)
}

func (o *oracle) look(path string) (bool, error) {
	o.log = append(o.log, "exists "+path)
	switch h := hashed(path) % 5; h {
	case 0:
		return false, errDenied
	default:
		return h%2 == 0, nil
	}
}

// oracleFar is a machine far away that answers like the oracle, if it is there.
type oracleFar struct {
	*oracle
	place remote.Place
}

func (o oracleFar) Reach(_ context.Context, patience time.Duration) error {
	o.log = append(o.log, fmt.Sprintf("reach %s, %s", o.place.Target(), patience))
	if hashed(o.place.Host)%3 == 0 {
		return &host.UnreachableError{Target: o.place.Target(), Reason: "connection refused", Err: errDenied}
	}
	return nil
}

func (o oracleFar) Identify(context.Context, host.Command) (path, sha256 string, err error) {
	o.log = append(o.log, "identify")
	return "/bin/sh", "", nil
}

func hashed(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s))
	return h.Sum32()
}

// presetWith returns a provider with a machine of its own.
func presetWith(guards string) (preset, *oracle) {
	o := &oracle{}
	s := &settings{guards: guards, guardTimeout: time.Minute, local: o, digests: &source.Digester{}}
	s.far = func(p remote.Place) (farHost, error) { return oracleFar{o, p}, nil }
	s.machine = func() (service.Machine, error) { return service.Machine{}, errDenied }
	return preset{&execProvider{version: "test", local: o}, s}, o
}

func mapKeys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

// generator makes configurations, states and plans from random numbers.
type generator struct{ *rand.Rand }

func (g generator) one(in int) bool { return g.IntN(in) == 0 }

func pick[T any](g generator, from ...T) T { return from[g.IntN(len(from))] }

// usual are values that attributes have in good configurations; where there is none, any
// value of the type will do.
var usual = map[string][]any{
	"timeout": {"5m", "0s", "1h30m", "soon"}, "try_sleep": {"0s", "1us"}, "tries": {1, 2}, "target": {targetLocal, "ssh://root@far:22", "ssh://root@away:22"},
	"returns": {[]any{0}, []any{0, 1, 2}}, "unchanged_returns": {[]any{1}, []any{2, 3}}, "logoutput": {logNever, logAlways, logOnFailure},
	"umask": {"022", "77"}, "path": {[]any{"/bin", "/usr/bin"}}, "output_limit": {0, 10, 4096}, "lock": {nil}, "log_file": {nil},
	"environment": {map[string]any{"A": "b", "C": nil}, map[string]any{}}, "sensitive_environment": {map[string]any{"S": "secret word"}},
	"interpreter": {[]any{"/bin/bash", "-c"}}, "cwd": {"/w"}, "user": {"nobody"}, "group": {"0"},
	"command": {"job", "job with words", []any{"job", "x y"}, []any{"true"}}, "refresh": {"reload", []any{"reload"}},
	"creates": {"/c", []any{"/c", "d"}}, "removes": {"/r", []any{"/r"}}, "unless": {"check", []any{"a", []any{"b", 1}}}, "onlyif": {"more", []any{[]any{"x"}}},
	"connection": {
		map[string]any{"host": "far"},
		map[string]any{"host": "away", "port": 22, "user": "root"},
		nil,
		map[string]any{"host": "far", "host_key": aHostKey, "bastion": map[string]any{"host": "b"}},
		map[string]any{"host": "me@far"},
	},
	"executable": {map[string]any{"name": "sh", "exec_command": "/bin/sh", "args": []any{"-e"}}},
	"service":    {nil}, "inputs": {nil}, "args": {nil, []any{"a"}},
	"destroy": {map[string]any{"command": "undo"}, map[string]any{"command": []any{"undo", "it"}, "unless": "gone", "timeout": "1s", "returns": []any{0, 3}}},
	"id":      {"id-1"}, "run_id": {"run-1", nil}, "start_time": {"2026-01-02T03:04:05Z", nil}, "exit_code": {0, 1, nil}, "in_sync": {true, true, true, false, nil},
	"elapsed_time": {0.001, 0.5, 3, nil}, "noop_message": {nil, "Would have executed: x"},
}

// often are the attributes that most configurations of this generator have.
var often = []string{"command", "creates", "unless", "always", "subscribe"}

// object returns an exec resource. Attributes in given have what it says; of the others,
// one in rare is set, and one in strange of those to anything at all.
func (g generator) object(t *testing.T, given attrs, rare, strange int, unknowns bool) attrs {
	t.Helper()
	out := attrs{}
	for _, name := range slices.Sorted(mapKeys(execType().AttributeTypes)) {
		typ := execType().AttributeTypes[name]
		v, set := given[name]
		switch {
		case set:
			out[name] = v
		case slices.Contains(often, name) && g.one(3), g.one(rare):
			values := usual[name]
			if len(values) == 0 || g.one(strange) {
				if name != "lock" && name != "log_file" && name != "try_sleep" && name != "service" {
					out[name] = g.value(typ, unknowns, 3)
				}
				continue
			}
			out[name] = pick(g, values...)
		}
	}
	return out
}

// value returns any value of a type.
func (g generator) value(typ tftypes.Type, unknowns bool, depth int) tftypes.Value {
	switch {
	case unknowns && g.one(6):
		return tftypes.NewValue(typ, tftypes.UnknownValue)
	case g.one(8):
		return tftypes.NewValue(typ, nil)
	case typ.Is(tftypes.DynamicPseudoType):
		return g.value(g.anyType(depth), unknowns, depth)
	case typ.Is(tftypes.String):
		return tftypes.NewValue(typ, pick(g, "", "x", "job", "-f", "a b", "a | b", "$HOME", "λ \x00", "5m", "/etc", strings.Repeat("long ", 60), "true", "12"))
	case typ.Is(tftypes.Bool):
		return tftypes.NewValue(typ, g.one(2))
	case typ.Is(tftypes.Number):
		return tftypes.NewValue(typ, pick(g, big.NewFloat(0), big.NewFloat(1), big.NewFloat(-1), big.NewFloat(255), big.NewFloat(70000), big.NewFloat(1<<40), big.NewFloat(0.5), thousandth(), huge()))
	}
	n := g.IntN(3)
	switch typ := typ.(type) {
	case tftypes.List:
		return tftypes.NewValue(typ, g.values(typ.ElementType, n, unknowns, depth))
	case tftypes.Set:
		return tftypes.NewValue(typ, g.values(typ.ElementType, min(n, 1), unknowns, depth))
	case tftypes.Map:
		fields := map[string]tftypes.Value{}
		for range n {
			fields[pick(g, "PATH", "A", "b c", "")] = g.value(typ.ElementType, unknowns, depth-1)
		}
		return tftypes.NewValue(typ, fields)
	case tftypes.Tuple:
		var elements []tftypes.Value
		for _, e := range typ.ElementTypes {
			elements = append(elements, g.value(e, unknowns, depth-1))
		}
		return tftypes.NewValue(typ, elements)
	case tftypes.Object:
		fields := map[string]tftypes.Value{}
		for _, name := range slices.Sorted(mapKeys(typ.AttributeTypes)) {
			fields[name] = g.value(typ.AttributeTypes[name], unknowns, depth-1)
		}
		return tftypes.NewValue(typ, fields)
	}
	return tftypes.NewValue(typ, nil)
}

// someValue returns a value that is not null for an attribute.
func (g generator) someValue(t *testing.T, name string) any {
	t.Helper()
	for _, v := range usual[name] {
		if v != nil {
			return v
		}
	}
	for {
		if v := g.value(execType().AttributeTypes[name], false, 2); !v.IsNull() {
			return v
		}
	}
}

func (g generator) values(typ tftypes.Type, n int, unknowns bool, depth int) []tftypes.Value {
	out := []tftypes.Value{}
	for range n {
		out = append(out, g.value(typ, unknowns, depth-1))
	}
	return out
}

// anyType returns a type that a dynamic value can have.
func (g generator) anyType(depth int) tftypes.Type {
	plain := pick[tftypes.Type](g, tftypes.String, tftypes.String, tftypes.Bool, tftypes.Number)
	if depth <= 0 {
		return plain
	}
	switch g.IntN(8) {
	case 0:
		return tftypes.List{ElementType: g.anyType(depth - 1)}
	case 1:
		return tftypes.Set{ElementType: plain}
	case 2:
		return tftypes.Map{ElementType: g.anyType(depth - 1)}
	case 3, 4:
		types := []tftypes.Type{}
		for range g.IntN(3) {
			types = append(types, g.anyType(depth-1))
		}
		return tftypes.Tuple{ElementTypes: types}
	case 5:
		return tftypes.Object{AttributeTypes: map[string]tftypes.Type{"k": g.anyType(depth - 1), "type": plain}}
	}
	return plain
}

func thousandth() *big.Float {
	f, _, _ := big.ParseFloat("0.001", 10, 512, big.ToNearestEven)
	return f
}

func huge() *big.Float {
	f, _, _ := big.ParseFloat("123456789012345678901234567890.5", 10, 512, big.ToNearestEven)
	return f
}

// privates are what an engine may have kept for a resource.
var privates = []string{"", `{"succeeded":"dHJ1ZQ=="}`, `{}`, `{".import_before_read":"dHJ1ZQ=="}`, `{"succeeded":""}`, `{"other":"eyJ4IjoxfQ==","succeeded":"dHJ1ZQ=="}`, `{"a":1}`, `null`, `{`, `{"a":"//8="}`}

// round tries every call with one resource.
func (g generator) round(t *testing.T, s sides) {
	t.Helper()
	rare, strange := 20, 8
	config := g.object(t, attrs{}.computedNull(), rare, strange, true)
	if g.one(25) {
		config = g.object(t, nil, 3, 2, true) // Computed attributes too.
	}
	private := []byte(pick(g, privates...))
	if g.one(2) {
		private = []byte(privates[1])
	}
	// States hold no unknown values; engines see to that.
	state := g.object(t, nil, rare, strange*4, false).with(ranOnce())
	for name := range state {
		if _, generated := usual[name]; generated && g.one(6) {
			state[name] = pick(g, usual[name]...)
		}
	}
	if !g.one(5) {
		state["target"] = aimed(state) // Else it may be that of another machine.
	}
	if !g.one(8) && state["command"] == nil {
		state["command"] = "job"
	}
	if g.one(10) {
		state = state.without("command", "executable", "service", "name") // Adopted.
	}
	if g.one(3) {
		state["destroy"] = map[string]any{"command": []any{"undo", g.IntN(20)}} // Some of them fail.
	}
	stored := packed(t, state.value(t))

	sameValidation(t, s, g.damaged(packed(t, config.value(t))))
	sameUpgrade(t, s, int64(g.IntN(20)/19), g.damagedJSON(asJSON(t, state.value(t))))
	sameRead(t, s, g.damaged(stored), private)

	// What is configured now: what the state has, changed here and there, or something else.
	now := state.without(computedAttributes...)
	for range g.IntN(3) {
		name := pick(g, slices.Sorted(mapKeys(usual))...)
		if _, computed := attrs(nil).computedNull()[name]; !computed {
			now[name] = pick(g, usual[name]...)
		}
	}
	if g.one(4) {
		now = config
	}
	proposed := now.with(state.only(computedAttributes...))
	priorValue, proposedValue := stored, packed(t, proposed.value(t))
	switch g.IntN(8) {
	case 0:
		priorValue = packed(t, attrs(nil).value(t))
	case 1:
		proposedValue = packed(t, attrs(nil).value(t))
	}
	configured := packed(t, now.value(t))
	samePlan(t, s, g.damaged(priorValue), g.damaged(proposedValue), g.damaged(configured), private)

	// What is applied has to be known, as an engine has it.
	known := g.object(t, attrs{}.computedNull(), rare, strange*4, false)
	if !g.one(8) {
		known["command"] = "job"
	}
	planned := known.with(attrs{"id": "id-1", "target": aimed(known), "in_sync": true}).with(attrs{})
	for _, name := range outputAttributes {
		planned[name] = unknown
		if g.one(6) {
			planned[name] = state[name]
		}
	}
	prior, plan := stored, packed(t, planned.value(t))
	switch g.IntN(4) {
	case 0:
		plan = packed(t, attrs(nil).value(t))
	case 1, 2:
		prior = packed(t, attrs(nil).value(t))
	}
	sameApply(t, s, prior, plan, packed(t, known.value(t)), private)
}

// aimed returns the target of a resource with one of the usual connections.
func aimed(a attrs) string {
	connection, ok := a["connection"].(map[string]any)
	if !ok {
		return targetLocal
	}
	return fmt.Sprintf("ssh://root@%s:22", connection["host"])
}

// computedNull returns null for every attribute that no configuration can set.
func (a attrs) computedNull() attrs {
	out := attrs{}
	for _, name := range computedAttributes {
		out[name] = nil
	}
	return out
}

// damaged breaks a message now and then.
func (g generator) damaged(v *tfprotov6.DynamicValue) *tfprotov6.DynamicValue {
	if !g.one(30) {
		return v
	}
	data := slices.Clone(v.MsgPack)
	switch g.IntN(4) {
	case 0:
		data = data[:g.IntN(len(data))]
	case 1:
		data[g.IntN(len(data))] ^= byte(1 << g.IntN(8))
	case 2:
		data = append(data, byte(g.IntN(256)))
	case 3:
		return &tfprotov6.DynamicValue{JSON: []byte(`{"command": "x"}`)}
	}
	return &tfprotov6.DynamicValue{MsgPack: data}
}

// damagedJSON breaks a state now and then, or makes it one of another version.
func (g generator) damagedJSON(data []byte) []byte {
	if !g.one(4) {
		return data
	}
	switch g.IntN(8) {
	case 0:
		return data[:g.IntN(len(data))]
	case 1:
		return bytes.Replace(data, []byte(`"command"`), []byte(`"former"`), 1)
	case 2:
		return bytes.Replace(data, []byte(`{`), []byte(`{"removed": {"x": [1, null]},`), 1)
	case 3:
		return bytes.Replace(data, []byte(`"exit_code":0`), []byte(`"exit_code":"0"`), 1)
	case 4:
		return bytes.Replace(data, []byte(`"in_sync":true`), []byte(`"in_sync":"true"`), 1)
	case 5:
		return bytes.Replace(data, []byte(`"stderr":""`), []byte(`"stderr":{}`), 1)
	case 6:
		return []byte("null")
	}
	return slices.Concat(data, []byte(pick(g, " ", "\n", "x", "{}")))
}

// asJSON returns an object as engines store it. It leaves out every other null, as a state
// of an older version does.
func asJSON(t *testing.T, v tftypes.Value) []byte {
	t.Helper()
	var attributes map[string]tftypes.Value
	if err := v.As(&attributes); err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	for name, e := range attributes {
		stored := storedJSON(t, e)
		if execType().AttributeTypes[name].Is(tftypes.DynamicPseudoType) && !e.Type().Is(tftypes.DynamicPseudoType) {
			stored = withType(t, e, stored)
		}
		if stored != nil || len(name)%2 == 0 {
			out[name] = stored
		}
	}
	data, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func storedJSON(t *testing.T, v tftypes.Value) any {
	t.Helper()
	if v.IsNull() {
		return nil
	}
	switch typ := v.Type(); {
	case typ.Is(tftypes.String), typ.Is(tftypes.Bool):
		return plainValue(t, v)
	case typ.Is(tftypes.Number):
		var f big.Float
		if err := v.As(&f); err != nil {
			t.Fatal(err)
		}
		return json.Number(f.Text('f', -1))
	case typ.Is(tftypes.Object{}), typ.Is(tftypes.Map{}):
		var fields map[string]tftypes.Value
		if err := v.As(&fields); err != nil {
			t.Fatal(err)
		}
		out := map[string]any{}
		for name, e := range fields {
			stored := storedJSON(t, e)
			if object, ok := typ.(tftypes.Object); ok && object.AttributeTypes[name].Is(tftypes.DynamicPseudoType) && stored != nil {
				stored = withType(t, e, stored)
			}
			out[name] = stored
		}
		return out
	}
	var elements []tftypes.Value
	if err := v.As(&elements); err != nil {
		t.Fatal(err)
	}
	out := []any{}
	for _, e := range elements {
		out = append(out, storedJSON(t, e))
	}
	return out
}

// packed returns a value as engines send it.
func packed(tb testing.TB, v tftypes.Value) *tfprotov6.DynamicValue {
	tb.Helper()
	value, err := tfprotov6.NewDynamicValue(execType(), v)
	if err != nil {
		tb.Fatal(err)
	}
	return &value
}

// emptyConfig is the configuration of a provider that needs none.
func emptyConfig() *tfprotov6.DynamicValue {
	return &tfprotov6.DynamicValue{MsgPack: []byte{msgpcode.Nil}}
}

// withType returns what is stored of v where any type may stand.
func withType(t *testing.T, v tftypes.Value, stored any) map[string]any {
	t.Helper()
	// On the wire such a value is a pair of its type, in the form in which engines store it, and itself.
	pair, err := tfprotov6.NewDynamicValue(tftypes.DynamicPseudoType, v)
	if err != nil {
		t.Fatal(err)
	}
	in := msgpack.NewDecoder(bytes.NewReader(pair.MsgPack))
	if n, err := in.DecodeArrayLen(); err != nil || n != 2 {
		t.Fatalf("%d parts, %v", n, err)
	}
	kind, err := in.DecodeBytes()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]any{"value": stored, "type": json.RawMessage(kind)}
}
