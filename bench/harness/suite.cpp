#include "bench/harness/suite.h"

#include <benchmark/benchmark.h>
#include <cstdio>
#include <fmt/format.h>

#include "bench/harness/machine.h"
#include "bench/harness/roofline.h"
#include "bench/harness/statistics.h"
#include "cuda/device.h"
#include "framework/cpu/device.h"
#include "framework/error.h"

namespace fno::bench {
namespace {

#if defined(NDEBUG) && defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr bool kDebugBuild = false;
#else
constexpr bool kDebugBuild = true;
#endif

constexpr int kWarmUps = 3;
constexpr std::int64_t kCallsBetweenWaits = 20;  // on a GPU
// A layer is within 5e-6, the gradients and losses of a network within 2e-5.
constexpr double kLargestError = 5e-5;

Device open(const Options& options) {
  require<ErrorKind::config>(!kDebugBuild,
                             "this is a debug or sanitizer build, its times mean nothing; build with "
                             "CMAKE_BUILD_TYPE=Release");
  try {
    if (options.device == "cuda") return open_cuda_device(0, options.cuda_libraries);
    if (options.device == "cuda-emulated") return open_emulated_device(options.cuda_libraries);
    return cpu_device(options.threads);
  } catch (const Error& error) {
    fail(ErrorKind::device, "--device ", options.device, ": ", error.what());
  }
}

CopyBandwidth copy_yardstick(const Options& options, const Device& device) {
  if (options.device == "cpu") return CopyBandwidth(options.threads);
  return CopyBandwidth(device, std::size_t{1} << (options.device == "cuda" ? 30 : 22));
}

ProductRate product_yardstick(const Options& options, const Device& device) {
  return options.device == "cpu" ? ProductRate(options.threads) : ProductRate(device);
}

// Keeps the time of one call in each repetition and prints nothing.
class Collector : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs)
      if (run.run_type == Run::RT_Iteration) {
        seconds.push_back(run.real_accumulated_time / static_cast<double>(run.iterations));
        cpu_seconds.push_back(run.cpu_accumulated_time / static_cast<double>(run.iterations));
      }
  }
  std::vector<double> seconds, cpu_seconds;
};

}  // namespace

Suite::Suite(std::string name, Options options)
    : name_(std::move(name)),
      options_(std::move(options)),
      device_(open(options_)),
      copy_(copy_yardstick(options_, device_)),
      product_(product_yardstick(options_, device_)),
      report_{.program = name_, .run = describe_run(options_.threads)} {
  int one = 1;
  char* program[] = {name_.data(), nullptr};
  benchmark::Initialize(&one, program);
  report_.run.emplace_back("device", device_.name());
  copy_.sample(5);
  product_.sample(5);
}

double Suite::measure(const std::string& name, const Work& work, const std::function<void()>& call,
                      std::vector<Check> checks, std::optional<double> float64_error) {
  require<ErrorKind::numeric>(!float64_error || *float64_error <= kLargestError, name,
                              ": results differ from those in ", "float64 by ", float64_error.value_or(0), ", at most ",
                              kLargestError, " is accepted");
  for (int i = 0; i < kWarmUps; ++i) call();
  device_.memory().synchronize();
  const std::int64_t batch = options_.device == "cuda" ? kCallsBetweenWaits : 1;
  benchmark::RegisterBenchmark(name.c_str(),
                               [&](benchmark::State& state) {
                                 while (state.KeepRunningBatch(batch)) {
                                   for (std::int64_t i = 0; i < batch; ++i) call();
                                   device_.memory().synchronize();
                                 }
                               })
      ->Repetitions(options_.samples)
      ->MinTime(options_.min_time)
      ->UseRealTime()
      ->MeasureProcessCPUTime();
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  benchmark::ClearRegisteredBenchmarks();
  copy_.sample(2);
  product_.sample(2);
  const double median = quantile(collector.seconds, 0.5);
  fmt::print(stderr, "{:24} {:10.3f} ms\n", name, 1e3 * median);
  report_.results.push_back({.name = name,
                             .work = work,
                             .seconds = std::move(collector.seconds),
                             .cpu_seconds = std::move(collector.cpu_seconds),
                             .peak_bytes = device_.memory().use().peak - copy_.device_bytes(),
                             .checks = std::move(checks),
                             .float64_error = float64_error});
  return median;
}

int Suite::report() {
  require<ErrorKind::config>(!report_.results.empty(), "no case fits the flags");
  report_.copy_samples = copy_.samples();
  report_.product_samples = product_.samples();
  print_table(report_);
  if (!options_.json.empty()) write_json(report_, options_.json);
  if (!options_.markdown.empty()) write_markdown(report_, options_.markdown);
  if (!options_.roofline.empty()) write_roofline(report_, options_.roofline);
  return 0;
}

}  // namespace fno::bench
