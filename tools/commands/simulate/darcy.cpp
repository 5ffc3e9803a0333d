#include "tools/tasks/operator/simulators/darcy.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "framework/error.h"
#include "tools/commands/command.h"
#include "tools/commands/simulate/field_output.h"
#include "tools/training/device.h"

namespace fno {
namespace {

struct SimulateDarcyOptions : FieldOptions {
  DarcySettings problem;
  settings::Interval contrast{problem.contrast_low, problem.contrast_high};
};

std::vector<settings::Row<SimulateDarcyOptions>> rows() {
  using O = SimulateDarcyOptions;
  using D = DarcySettings;
  using settings::flag, settings::integer;
  return with_output<O>({
      flag<O, &O::problem, &D::samples>(
          {.key = "samples", .rule = integer(1, 10000000), .help = "number of samples", .required = true}),
      flag<O, &O::problem, &D::grid>({.key = "grid",
                                      .rule = integer(2, 16384),
                                      .help = "points per side of the solved problem",
                                      .metavar = "n",
                                      .required = true}),
      flag<O, &O::contrast>(
          {.key = "contrast", .rule = settings::positive_interval(), .help = "the two values of the coefficient"}),
      flag<O, &O::problem, &D::stride>({.key = "stride",
                                        .rule = integer(1, 16384),
                                        .help = "store every k-th node per side; divides --grid",
                                        .metavar = "k"}),
  });
}

int run(Call& call) {
  const auto options = options_of(call, rows());
  DarcySettings settings = options.problem;
  settings.contrast_low = options.contrast[0];
  settings.contrast_high = options.contrast[1];
  settings.seed = static_cast<std::uint64_t>(options.seed);
  require<ErrorKind::config>(settings.grid % settings.stride == 0, "--stride: found ", settings.stride,
                             ", accepted: a divisor of --grid ", settings.grid);
  check_darcy_settings(settings);
  const FieldOutput output(options, "darcy");
  const DarcySet set = simulate_darcy(settings, use_cpu(options), output.progress(settings.samples));
  const nlohmann::ordered_json facts{{"generator", "darcy"},
                                     {"samples", settings.samples},
                                     {"grid", settings.grid},
                                     {"stride", settings.stride},
                                     {"contrast", {settings.contrast_low, settings.contrast_high}},
                                     {"seed", settings.seed},
                                     {"points", set.points},
                                     {"largest_residual", set.largest_residual}};
  const std::vector<std::int64_t> shape{set.samples, 1, set.points, set.points};
  const OutputArray arrays[] = {{"x", shape, set.x}, {"y", shape, set.y}};
  output.write(arrays, facts,
               fmt::format("{} samples of {} x {}, contrast {}:{}, largest residual {:.1e}", set.samples, set.points,
                           set.points, settings.contrast_low, settings.contrast_high, set.largest_residual),
               {}, true);
  return 0;
}

}  // namespace

extern const Command kSimulateDarcy{.name = "simulate darcy",
                                    .summary = "makes data: steady flow through a two-valued random medium",
                                    .flags = [] { return settings::infos(rows()); },
                                    .run = run};

}  // namespace fno
