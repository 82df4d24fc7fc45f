package enginetest

import "testing"

func TestOlder(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		a, b string
		want bool
	}{
		"the same":                  {"1.11.0", "1.11", false},
		"a later patch":             {"1.11.4", "1.11", false},
		"numbers, not texts":        {"1.9.8", "1.10", true},
		"a later one":               {"1.12.6", "1.11", false},
		"a pre-release is as good":  {"1.11.0-beta1", "1.11", false},
		"another number in front":   {"2.0.0", "1.11", false},
		"an earlier patch of a two": {"1.6.3", "1.6.4", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := older(tc.a, tc.b); got != tc.want {
				t.Errorf("older(%q, %q) = %t", tc.a, tc.b, got)
			}
		})
	}
}
