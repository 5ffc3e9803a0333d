#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "framework/error.h"
#include "tools/commands/commands.h"
#include "tools/files/npz.h"
#include "tools/tasks/operator/darcy.h"
#include "tools/training/device.h"

namespace fno {
int run_simulate_darcy(const settings::SimulateDarcyOptions& options) {
  require<ErrorKind::config>(options.device == "auto" || options.device == "cpu", "--device: found ", options.device,
                             "; fno simulate darcy runs on the CPU: accepted are auto, cpu");
  const DarcySettings settings{.samples = options.samples,
                               .grid = options.grid,
                               .contrast_low = options.contrast[0],
                               .contrast_high = options.contrast[1],
                               .stride = options.stride,
                               .seed = static_cast<std::uint64_t>(options.seed)};
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

}  // namespace fno
