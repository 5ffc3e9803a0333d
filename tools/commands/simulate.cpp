#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "framework/error.h"
#include "tools/commands/command.h"
#include "tools/files/npz.h"
#include "tools/tasks/operator/darcy.h"
#include "tools/training/device.h"

namespace fno {
namespace {

struct SimulateDarcyOptions : settings::CommonOptions {
  std::string output;
  DarcySettings problem;
  settings::Interval contrast{problem.contrast_low, problem.contrast_high};
};

std::vector<settings::Row<SimulateDarcyOptions>> rows() {
  using O = SimulateDarcyOptions;
  using D = DarcySettings;
  using settings::flag, settings::integer;
  return settings::with_common<O>({
      flag<O, &O::output>({.key = "output",
                           .rule = settings::path(),
                           .help = "file to write, with x and y",
                           .metavar = "FILE.npz",
                           .required = true}),
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
  require<ErrorKind::config>(options.device == "auto" || options.device == "cpu", "--device: found ", options.device,
                             "; fno simulate darcy runs on the CPU: accepted are auto, cpu");
  check_darcy_settings(settings);
  // Fail before the work if the file cannot be written after it.
  const std::filesystem::path folder = std::filesystem::absolute(options.output).parent_path();
  require<ErrorKind::storage>(std::filesystem::is_directory(folder), "--output: the folder ", folder.string(),
                              " does not exist");
  require<ErrorKind::storage>(access(folder.c_str(), W_OK) == 0, "--output: the folder ", folder.string(),
                              " is not writable");

  const bool shows = !options.quiet && isatty(STDERR_FILENO);
  const auto start = std::chrono::steady_clock::now();
  const DarcySet set = simulate_darcy(settings, cpu_threads(options.threads), [&](std::int64_t done) {
    if (shows && (done % 16 == 0 || done == settings.samples))
      fmt::print(stderr, "\rsimulate darcy: {}/{}", done, settings.samples);
  });
  if (shows) fmt::print(stderr, "\n");
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

  const nlohmann::ordered_json facts{{"generator", "darcy"},
                                     {"samples", settings.samples},
                                     {"grid", settings.grid},
                                     {"stride", settings.stride},
                                     {"contrast", {settings.contrast_low, settings.contrast_high}},
                                     {"seed", settings.seed},
                                     {"points", set.points},
                                     {"largest_residual", set.largest_residual}};
  const std::vector<std::int64_t> shape{set.samples, 1, set.points, set.points};
  const std::vector<NamedArray> arrays{{"x", make_host_array(set.x, shape)},
                                       {"y", make_host_array(set.y, shape)},
                                       {"metadata", make_host_text(facts.dump())}};
  write_npz(options.output, arrays, true);

  if (options.json) {
    nlohmann::ordered_json result = facts;
    result["file"] = options.output;
    result["seconds"] = seconds;
    fmt::print("{}\n", result.dump());
  } else {
    fmt::print("{}: {} samples of {} x {}, contrast {}:{}, largest residual {:.1e}, {:.1f} s\n", options.output,
               set.samples, set.points, set.points, settings.contrast_low, settings.contrast_high, set.largest_residual,
               seconds);
  }
  return 0;
}

}  // namespace

extern const Command kSimulateDarcy{.name = "simulate darcy",
                                    .summary = "makes data: steady flow through a two-valued random medium",
                                    .flags = [] { return settings::infos(rows()); },
                                    .run = run};

}  // namespace fno
