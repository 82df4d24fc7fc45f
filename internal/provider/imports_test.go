package provider

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Imports go one way: main -> provider -> converge -> guard -> host <- local. What a
// package reaches, it reaches through others too, so all of its dependencies count.
func TestImportsGoOneWay(t *testing.T) {
	t.Parallel()
	const module = "github.com/terraform-provider-exec/terraform-provider-exec"
	const framework = "github.com/hashicorp/terraform-plugin"
	dependencies := goList(t, module)
	// What each package may reach in this module and outside of it, by prefix.
	allowed := map[string][]string{
		"/internal/host":    {},
		"/internal/guard":   {module + "/internal/host"},
		"/internal/words":   {"mvdan.cc/sh/v3"},
		"/internal/sshauth": {"github.com/skeema/knownhosts", "github.com/xanzy/ssh-agent", "github.com/Microsoft/go-winio", "golang.org/x/crypto", "golang.org/x/sys"},
		"/internal/host/remote": {
			module + "/internal/host", module + "/internal/sshauth", "github.com/skeema/knownhosts", "github.com/xanzy/ssh-agent",
			"github.com/Microsoft/go-winio", "golang.org/x/crypto", "golang.org/x/sys",
		},
		"/internal/converge": {module + "/internal/guard", module + "/internal/host", module + "/internal/words", "mvdan.cc/sh/v3", "github.com/gofrs/flock", "golang.org/x/sys"},
	}
	for name, may := range allowed {
		reached, ok := dependencies[module+name]
		if !ok {
			t.Errorf("there is no package %s", name)
		}
		for _, d := range reached {
			if !slices.ContainsFunc(may, func(m string) bool { return within(d, m) && !within(d, module+"/internal/host/") }) {
				t.Errorf("%s may not reach %s", name, d)
			}
		}
	}
	for name, reached := range dependencies {
		speaks := name == module || within(name, module+"/internal/provider")
		if got := slices.ContainsFunc(reached, func(d string) bool { return strings.HasPrefix(d, framework) }); got && !speaks {
			t.Errorf("%s reaches the plugin framework", name)
		} else if !got && speaks {
			t.Errorf("the control: %s does not reach the plugin framework", name)
		}
	}
}

func within(pkg, parent string) bool {
	return pkg == parent || strings.HasPrefix(pkg, strings.TrimSuffix(parent, "/")+"/")
}

// goList returns the dependencies outside of the standard library of each package of the
// module, tests aside.
func goList(t *testing.T, module string) map[string][]string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Deps " "}}`, module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	dependencies := map[string][]string{}
	for line := range strings.Lines(string(out)) {
		words := strings.Fields(line)
		dependencies[words[0]] = slices.DeleteFunc(words[1:], func(p string) bool {
			first, _, _ := strings.Cut(p, "/")
			return !strings.Contains(first, ".") // So are the packages of the standard library.
		})
	}
	return dependencies
}
