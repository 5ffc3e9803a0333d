#include "tools/tasks/operator/simulators/burgers.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/commands/command.h"
#include "tools/commands/simulate/field_output.h"
#include "tools/training/device.h"

namespace fno {
namespace {

struct SimulateBurgersOptions : FieldOptions {
  BurgersSettings problem;
};

std::vector<settings::Row<SimulateBurgersOptions>> rows() {
  using O = SimulateBurgersOptions;
  using B = BurgersSettings;
  using settings::flag, settings::integer, settings::above;
  return with_output<O>({
      flag<O, &O::problem, &B::samples>(
          {.key = "samples", .rule = integer(1, 10000000), .help = "number of samples", .required = true}),
      flag<O, &O::problem, &B::grid>({.key = "grid",
                                      .rule = integer(8, 1 << 20),
                                      .help = "points of the solved problem",
                                      .metavar = "n",
                                      .required = true}),
      flag<O, &O::problem, &B::stride>({.key = "stride",
                                        .rule = integer(1, 1 << 20),
                                        .help = "store every k-th point; divides --grid",
                                        .metavar = "k"}),
      flag<O, &O::problem, &B::viscosity>(
          {.key = "viscosity", .rule = above(0), .help = "of the fluid", .metavar = "nu"}),
      flag<O, &O::problem, &B::time>(
          {.key = "time", .rule = above(0), .help = "that y is the state at", .metavar = "T"}),
      flag<O, &O::problem, &B::tolerance>(
          {.key = "tolerance", .rule = settings::between(1e-10, 1), .help = "relative error of the steps in time"}),
  });
}

int run(Call& call) {
  const auto options = options_of(call, rows());
  BurgersSettings settings = options.problem;
  settings.seed = static_cast<std::uint64_t>(options.seed);
  check_burgers_settings(settings);
  const FieldOutput output(options, "burgers");
  const BurgersSet set = simulate_burgers(settings, use_cpu(options), output.progress(settings.samples));
  const nlohmann::ordered_json facts{{"generator", "burgers"},
                                     {"samples", settings.samples},
                                     {"grid", settings.grid},
                                     {"stride", settings.stride},
                                     {"viscosity", settings.viscosity},
                                     {"time", settings.time},
                                     {"tolerance", settings.tolerance},
                                     {"seed", settings.seed},
                                     {"points", set.points},
                                     {"largest_error", set.largest_error},
                                     {"largest_tail", set.largest_tail}};
  const std::vector<std::int64_t> shape{set.samples, 1, set.points};
  const OutputArray arrays[] = {{"x", shape, set.x}, {"y", shape, set.y}};
  output.write(
      arrays, facts,
      fmt::format("{} samples of {} points, viscosity {}, x at t = 0, y at t = {}, largest error of the steps "
                  "{:.1e}, spectral tail {:.1e}",
                  set.samples, set.points, settings.viscosity, settings.time, set.largest_error, set.largest_tail),
      too_coarse(settings.grid, settings.viscosity, set.largest_tail));
  return 0;
}

}  // namespace

extern const Command kSimulateBurgers{
    .name = "simulate burgers",
    .summary = "makes data: a viscous wave on a ring, from a random initial state",
    .flags = [] { return settings::infos(rows()); },
    .run = run,
    .notes =
        "u_t + (u^2/2)_x = nu u_xx, periodic on (0, 1), u(0) drawn from N(0, 625 (25 - d^2/dx^2)^-2) without its\n"
        "mean. x (samples, 1, n) is u(0), y (samples, 1, n) is u(T). The spectral tail is the share that the\n"
        "upper third of the solved modes has: where it is not small, n is too few points for this viscosity.\n"};

}  // namespace fno
