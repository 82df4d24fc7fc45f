package provider

import (
	"context"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// BenchmarkCalls is what one call about one resource costs, as it is served and as the
// framework alone would serve it. Nothing runs.
func BenchmarkCalls(b *testing.B) {
	config := attrs{"command": "job"}
	prior := ranOnce().with(attrs{"elapsed_time": 0.003}).with(config)
	none, stored, configured := packedTo(b, nil), packedTo(b, prior), packedTo(b, config)
	private := []byte(privates[1])
	proposed := configured
	planned := config.with(attrs{"id": unknown, "target": targetLocal, "in_sync": true})
	for _, name := range outputAttributes {
		planned[name] = unknown
	}
	creation := packedTo(b, planned)
	state := []byte(`{"command":{"type":"string","value":"job"},"creates":null,"exit_code":0,"elapsed_time":0.001,"id":"id-1","in_sync":true,` +
		`"run_id":"run-1","stdout":"said\n","stderr":"","start_time":"2026-01-02T03:04:05Z","target":"local"}`)
	calls := map[string]func(context.Context, tfprotov6.ProviderServer) error{
		"validate": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.ValidateResourceConfig(ctx, &tfprotov6.ValidateResourceConfigRequest{
				TypeName: "exec", Config: configured, ClientCapabilities: &tfprotov6.ValidateResourceConfigClientCapabilities{},
			})
			return err
		},
		"upgrade": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.UpgradeResourceState(ctx, &tfprotov6.UpgradeResourceStateRequest{TypeName: "exec", RawState: &tfprotov6.RawState{JSON: state}})
			return err
		},
		"read": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: "exec", CurrentState: stored, Private: private})
			return err
		},
		"plan nothing": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
				TypeName: "exec", PriorState: stored, ProposedNewState: stored, Config: configured, PriorPrivate: private,
			})
			return err
		},
		"plan creation": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.PlanResourceChange(ctx, &tfprotov6.PlanResourceChangeRequest{
				TypeName: "exec", PriorState: none, ProposedNewState: proposed, Config: configured,
			})
			return err
		},
		"apply creation": func(ctx context.Context, s tfprotov6.ProviderServer) error {
			_, err := s.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
				TypeName: "exec", PriorState: none, PlannedState: creation, Config: configured,
			})
			return err
		},
	}
	for name, call := range calls {
		for side, make := range map[string]func(preset) tfprotov6.ProviderServer{
			"served":    func(p preset) tfprotov6.ProviderServer { return serverOf(p, p.execProvider) },
			"framework": func(p preset) tfprotov6.ProviderServer { return providerserver.NewProtocol6(p)() },
		} {
			b.Run(name+"/"+side, func(b *testing.B) {
				p, _ := presetWith(guardsInPlan)
				s := make(p)
				if _, err := s.ConfigureProvider(b.Context(), &tfprotov6.ConfigureProviderRequest{Config: emptyConfig()}); err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if err := call(b.Context(), s); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func packedTo(b *testing.B, a attrs) *tfprotov6.DynamicValue {
	b.Helper()
	return packed(b, a.value(b))
}
