package service

import (
	"context"
	"maps"
	"os"
	"runtime"
	"slices"
	"strings"

	"github.com/terraform-provider-exec/terraform-provider-exec/internal/converge"
	"github.com/terraform-provider-exec/terraform-provider-exec/internal/source"
)

// PythonScript is a Python program: a file of the source, or a script that its
// requirements install. It runs as
//
//	<python> <arguments of the executable> <filename> --key=value ...
//	<bin>/<script> --key=value ...
//
// where the arguments of the executable are the interpreter's own, such as "-u"; a script
// that has some runs as "<python> <arguments> <bin>/<script>". An input that is true is
// "--key", one that is false is left out; the order is that of the names.
//
// With requirements, python is that of a virtual environment which is made with the
// executable, or else with python3 of PATH. It is in the cache, and what it is made of is
// its key, so it is built once. A run as another user, who cannot reach the cache, has one
// that lives as long as the run. Without requirements there is nothing to keep apart, and
// the interpreter itself runs the file.
type PythonScript struct {
	// Filename is a file of the source. Either it or Script is set.
	Filename string
	// Script is a program that the requirements install, such as an entry of
	// [project.scripts].
	Script string
	// ReqFile is a pyproject.toml, whose project is installed, or else a file of
	// requirements as pip reads it. Empty means requirements.txt of the working directory
	// if there is one, else its pyproject.toml if that describes a project; the other way
	// round where Script or Extras is set.
	ReqFile string
	// Extras are those of the project in the pyproject.toml.
	Extras []string
}

func (PythonScript) kind() string { return "python_script" }

func (k PythonScript) prepare(ctx context.Context, s *Site) (*converge.Prepared, error) {
	var file string
	if k.Script == "" {
		var err error
		if file, err = s.file("filename", k.Filename); err != nil {
			return nil, err
		}
	}
	req, err := k.requirements(s)
	if err != nil {
		return nil, err
	}
	inputs, err := longOptions(s.Inputs)
	if err != nil {
		return nil, err
	}
	ready := &converge.Prepared{Environment: map[string]string{}}
	// A module beside the script would leave its compiled form in the source, and that is
	// another source.
	if _, set := s.Base.Env["PYTHONDONTWRITEBYTECODE"]; !set {
		ready.Environment["PYTHONDONTWRITEBYTECODE"] = "1"
	}
	python := s.pythonCommand()
	if req == nil {
		ready.Argv = slices.Concat(python, []string{file}, inputs)
		return ready, nil
	}
	var own *private
	if s.otherUser() >= 0 {
		if own, err = s.private(); err != nil {
			return nil, err
		}
		ready.Close = own.remove
	}
	ready.Argv, err = k.inEnvironment(ctx, s, req, own, ready.Environment)
	if err != nil {
		if own != nil {
			own.remove()
		}
		return nil, err
	}
	if file != "" {
		ready.Argv = append(ready.Argv, file)
	}
	ready.Argv = append(ready.Argv, inputs...)
	return ready, nil
}

// inEnvironment builds the virtual environment if need be, adds what it takes to env, and
// returns the words before the file.
func (k PythonScript) inEnvironment(
	ctx context.Context, s *Site, req *requirements, own *private, env map[string]string,
) ([]string, error) {
	venv, err := s.virtualEnv(ctx, req, own)
	if err != nil {
		return nil, err
	}
	maps.Copy(env, venv.environment(s))
	args := s.pythonCommand()[1:]
	if k.Script == "" {
		return append([]string{venv.python()}, args...), nil
	}
	script := venv.program(k.Script)
	if info, err := os.Stat(script); err != nil || !info.Mode().IsRegular() {
		return nil, &FileError{Attribute: "script", Err: &source.PathError{Reason: source.PathMissing, Path: k.Script, Err: err}}
	}
	if len(args) == 0 {
		return []string{script}, nil
	}
	return slices.Concat([]string{venv.python()}, args, []string{script}), nil
}

// pythonCommand returns the interpreter and its arguments.
func (s *Site) pythonCommand() []string {
	if x := s.Executable; x != nil {
		return append([]string{x.Command}, x.Args...)
	}
	if runtime.GOOS == "windows" {
		return []string{"python"}
	}
	return []string{"python3"}
}

// longOptions renders inputs as "--key=value", in the order of their names.
func longOptions(inputs map[string]any) ([]string, error) {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		switch value := inputs[name].(type) {
		case nil:
		case bool:
			if value {
				words = append(words, "--"+name)
			}
		default:
			text, err := Text(value)
			if err != nil {
				return nil, err
			}
			words = append(words, "--"+name+"="+text)
		}
	}
	return words, nil
}

// isPlainName reports that a name is that of a file in a directory and leads nowhere else.
func isPlainName(name string) bool {
	return name != "" && name != "." && name != ".." && !strings.ContainsAny(name, `/\:`)
}
