#include "tools/tasks/operator/simulators/navier_stokes.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/commands/command.h"
#include "tools/commands/simulate/field_output.h"
#include "tools/training/device.h"

namespace fno {
namespace {

struct SimulateNavierStokesOptions : FieldOptions {
  NavierStokesSettings problem;
};

std::vector<settings::Row<SimulateNavierStokesOptions>> rows() {
  using O = SimulateNavierStokesOptions;
  using N = NavierStokesSettings;
  using settings::flag, settings::integer, settings::above;
  return with_output<O>({
      flag<O, &O::problem, &N::samples>(
          {.key = "samples", .rule = integer(1, 10000000), .help = "number of samples", .required = true}),
      flag<O, &O::problem, &N::grid>({.key = "grid",
                                      .rule = integer(8, 4096),
                                      .help = "points per side of the solved problem",
                                      .metavar = "n",
                                      .required = true}),
      flag<O, &O::problem, &N::stride>({.key = "stride",
                                        .rule = integer(1, 4096),
                                        .help = "store every k-th point per side; divides --grid",
                                        .metavar = "k"}),
      flag<O, &O::problem, &N::viscosity>(
          {.key = "viscosity", .rule = above(0), .help = "of the fluid", .metavar = "nu", .required = true}),
      flag<O, &O::problem, &N::time>(
          {.key = "time", .rule = above(0), .help = "of the last frame", .metavar = "T", .required = true}),
      flag<O, &O::problem, &N::steps>({.key = "steps",
                                       .rule = integer(1, 1 << 20),
                                       .help = "frames, at T/k, 2T/k .. T",
                                       .metavar = "k",
                                       .required = true}),
      flag<O, &O::problem, &N::history>({.key = "history",
                                         .rule = integer(0, 1 << 20),
                                         .help = "frames that become the channels of x",
                                         .metavar = "h",
                                         .fallback_text = "0: x is the initial vorticity"}),
      flag<O, &O::problem, &N::tolerance>(
          {.key = "tolerance", .rule = settings::between(1e-10, 1), .help = "relative error of the steps in time"}),
  });
}

int run(Call& call) {
  const auto options = options_of(call, rows());
  NavierStokesSettings settings = options.problem;
  settings.seed = static_cast<std::uint64_t>(options.seed);
  check_navier_stokes_settings(settings);
  const FieldOutput output(options, "navier-stokes");
  const NavierStokesSet set = simulate_navier_stokes(settings, use_cpu(options), output.progress(settings.samples));
  const nlohmann::ordered_json facts{{"generator", "navier-stokes"},
                                     {"samples", settings.samples},
                                     {"grid", settings.grid},
                                     {"stride", settings.stride},
                                     {"viscosity", settings.viscosity},
                                     {"time", settings.time},
                                     {"steps", settings.steps},
                                     {"history", settings.history},
                                     {"tolerance", settings.tolerance},
                                     {"seed", settings.seed},
                                     {"points", set.points},
                                     {"initial_deviation", 0.262},
                                     {"largest_error", set.largest_error},
                                     {"largest_tail", set.largest_tail}};
  const std::int64_t m = set.points;
  const OutputArray arrays[] = {{"x", {set.samples, set.inputs, m, m}, set.x},
                                {"y", {set.samples, 1, set.frames, m, m}, set.y},
                                {.name = "t", .shape = {set.frames}, .doubles = set.t}};
  output.write(arrays, facts,
               fmt::format("{} samples of {} frames of {} x {}, viscosity {}, y at t = {} to {}, x {}, largest error "
                           "of the steps {:.1e}, spectral tail {:.1e}",
                           set.samples, set.frames, m, m, settings.viscosity, set.t.front(), set.t.back(),
                           settings.history == 0 ? "at t = 0" : fmt::format("the {} frames before", set.inputs),
                           set.largest_error, set.largest_tail),
               too_coarse(settings.grid, settings.viscosity, set.largest_tail));
  return 0;
}

}  // namespace

extern const Command kSimulateNavierStokes{
    .name = "simulate navier-stokes",
    .summary = "makes data: vorticity of a stirred fluid on a torus, frame by frame",
    .flags = [] { return settings::infos(rows()); },
    .run = run,
    .notes =
        "Vorticity on the unit torus under 0.1 (sin 2 pi (x+y) + cos 2 pi (x+y)); w(0) drawn from the published\n"
        "files' N(0, c (49 - Laplace)^-2.5), deviation 0.262. y (samples, 1, frames, n, n): axes n c t h w; t their\n"
        "times; x (samples, h or 1, n, n). The spectral tail is the share that the upper third of the solved\n"
        "modes has: where it is not small, n is too few points for this viscosity.\n"};

}  // namespace fno
