#include "bench/harness/suite.h"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bench/harness/machine.h"
#include "bench/harness/noise.h"
#include "bench/harness/options.h"
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

Device open(const std::string& program, const Options& options) {
  try {
    if (options.device == "cuda") return open_cuda_device(0, options.cuda_libraries);
    if (options.device == "cuda-emulated") return open_emulated_device(options.cuda_libraries);
    return cpu_device(options.threads);
  } catch (const Error& error) {
    fmt::print(stderr, "{}: --device {}: {}\n", program, options.device, error.what());
    std::exit(5);
  }
}

CopyBandwidth yardstick(const Options& options, const Device& device) {
  if (options.device == "cpu") return CopyBandwidth(options.threads);
  return CopyBandwidth(device, std::size_t{1} << (options.device == "cuda" ? 30 : 22));
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

Suite::Suite(std::string name, int argc, char** argv)
    : name_(std::move(name)),
      options_(parse_options(name_, argc, argv)),
      device_(open(name_, options_)),
      copy_(yardstick(options_, device_)),
      header_(describe_run(options_.threads)) {
  if (kDebugBuild) {
    fmt::print(stderr,
               "{}: this is a debug or sanitizer build, its times mean nothing; build with CMAKE_BUILD_TYPE=Release\n",
               name_);
    std::exit(2);
  }
  int none = 1;
  char* program[] = {argv[0], nullptr};
  benchmark::Initialize(&none, program);
  header_.emplace_back("device", device_.name());
  copy_.sample(5);
}

bool Suite::wants(const std::string& name) const {
  if (options_.cases.empty()) return true;
  for (const std::string& wanted : options_.cases)
    if (name == wanted || name.starts_with(wanted + "/")) return true;
  return false;
}

double Suite::measure(const std::string& name, const Work& work, const std::function<void()>& call,
                      std::vector<Check> checks) {
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
  const double median = quantile(collector.seconds, 0.5);
  fmt::print(stderr, "{:24} {:10.3f} ms\n", name, 1e3 * median);
  results_.push_back({name, work, std::move(collector.seconds), std::move(collector.cpu_seconds),
                      device_.memory().use().peak - copy_.device_bytes(), std::move(checks)});
  return median;
}

int Suite::report() {
  if (results_.empty()) {
    fmt::print(stderr, "{}: no case fits --cases\n", name_);
    return 2;
  }
  const double copy = copy_.median();
  for (const auto& [key, value] : header_) fmt::print("{:10} {}\n", key, value);
  fmt::print("{:10} {:.1f} GB/s (median; 10 % below {:.1f}, 10 % above {:.1f})\n\n", "copy", copy,
             quantile(copy_.samples(), 0.1), quantile(copy_.samples(), 0.9));
  std::size_t width = 4;
  for (const Result& r : results_) width = std::max(width, r.name.size());
  fmt::print("{:{}} {:>10} {:>22} {:>10} {:>9} {:>9} {:>7} {:>7} {:>8}\n", "case", width, "ms", "[p10, p90]", "cpu ms",
             "MB", "Mflop", "GB/s", "% copy", "Gflop/s");
  for (const Result& r : results_) {
    const double s = quantile(r.seconds, 0.5), rate = 1e-9 * r.work.bytes() / s;
    const int digits = s < 1e-4 ? 5 : 3;
    const std::string spread = fmt::format("[{:.{}f}, {:.{}f}]", 1e3 * quantile(r.seconds, 0.1), digits,
                                           1e3 * quantile(r.seconds, 0.9), digits);
    fmt::print("{:{}} {:10.{}f} {:>22} {:10.{}f} {:9.2f} {:9.1f} {:7.2f} {:7.1f} {:8.1f}\n", r.name, width, 1e3 * s,
               digits, spread, 1e3 * quantile(r.cpu_seconds, 0.5), digits, 1e-6 * r.work.bytes(), 1e-6 * r.work.flop,
               rate, 100 * rate / copy, 1e-9 * r.work.flop / s);
  }
  if (!options_.json.empty()) write_json(header_);
  return 0;
}

void Suite::write_json(const std::vector<std::pair<std::string, std::string>>& header) const {
  nlohmann::ordered_json root;
  root["program"] = name_;
  for (const auto& [key, value] : header) root["run"][key] = value;
  const double copy = copy_.median();
  root["copy_gb_per_s"] = copy;
  for (const Result& r : results_) {
    const double s = quantile(r.seconds, 0.5);
    nlohmann::ordered_json line;
    line["name"] = r.name;
    line["ms"] = 1e3 * s;
    line["ms_p10"] = 1e3 * quantile(r.seconds, 0.1);
    line["ms_p90"] = 1e3 * quantile(r.seconds, 0.9);
    line["cpu_ms"] = 1e3 * quantile(r.cpu_seconds, 0.5);
    line["bytes"] = r.work.bytes();
    line["flop"] = r.work.flop;
    line["gb_per_s"] = 1e-9 * r.work.bytes() / s;
    line["percent_of_copy"] = 1e-7 * r.work.bytes() / s / copy;
    line["gflop_per_s"] = 1e-9 * r.work.flop / s;
    line["peak_bytes"] = r.peak_bytes;
    for (const double sample : r.seconds) line["samples_ms"].push_back(1e3 * sample);
    for (const double sample : r.cpu_seconds) line["samples_cpu_ms"].push_back(1e3 * sample);
    for (const Check& c : r.checks)
      line["checks"].push_back({{"name", c.name}, {"norm", c.norm}, {"projection", c.projection}});
    root["cases"].push_back(line);
  }
  std::ofstream out(options_.json);
  out << root.dump(1) << '\n';
  out.close();
  if (!out) {
    fmt::print(stderr, "{}: cannot write {}\n", name_, options_.json);
    std::exit(6);
  }
}

Check check_of(const std::string& name, const Tensor& tensor) {
  const std::vector<float> a = tensor.to_host<float>();
  const std::vector<float> b = noise(name, tensor.shape(), tensor.device(), 1, tensor.dtype()).to_host<float>();
  double square = 0, product = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    square += static_cast<double>(a[i]) * static_cast<double>(a[i]);
    product += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return {name, std::sqrt(square), product};
}

}  // namespace fno::bench
