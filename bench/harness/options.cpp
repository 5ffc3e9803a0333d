#include "bench/harness/options.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <string_view>

#include "bench/harness/machine.h"

namespace fno::bench {
namespace {

constexpr std::string_view kUsage =
    "  --device D      cpu, cuda, cuda-emulated (default: cpu)\n"
    "  --cuda-libraries L  own, vendor, auto: who runs what cuBLAS, cuFFT and cuDNN can run (default: own)\n"
    "  --threads N     threads of our kernels (default: the usable cores)\n"
    "  --samples N     repetitions of each case (default: 15)\n"
    "  --min-time S    seconds of a repetition at least (default: 0.05)\n"
    "  --cases A,B/c   only these: a case, or all that begin with A/\n"
    "  --json FILE     the results as JSON too\n";

[[noreturn]] void refuse(const std::string& program, const std::string& why) {
  fmt::print(stderr, "{}: {}\n{}", program, why, kUsage);
  std::exit(2);
}

template <class T>
T number(const std::string& program, std::string_view flag, std::string_view text, T least) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= least) || value > T(10000))
    refuse(program, fmt::format("{}: found '{}', a number from {} to 10000 is needed", flag, text, least));
  return value;
}

}  // namespace

Options parse_options(const std::string& program, int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string_view flag = argv[i], value;
    if (flag == "--help") {
      fmt::print("{}: times its cases\n{}", program, kUsage);
      std::exit(0);
    }
    if (const auto equals = flag.find('='); equals != std::string_view::npos) {
      value = flag.substr(equals + 1);
      flag = flag.substr(0, equals);
    } else if (i + 1 < argc) {
      value = argv[++i];
    }
    if (value.empty()) refuse(program, fmt::format("{}: needs a value", flag));
    if (flag == "--device") {
      if (value != "cpu" && value != "cuda" && value != "cuda-emulated")
        refuse(program, fmt::format("--device: found '{}', accepted are cpu, cuda, cuda-emulated", value));
      options.device = value;
    } else if (flag == "--cuda-libraries") {
      if (value != "own" && value != "vendor" && value != "auto")
        refuse(program, fmt::format("--cuda-libraries: found '{}', accepted are own, vendor, auto", value));
      options.cuda_libraries = value == "own"      ? CudaLibraries::own
                               : value == "vendor" ? CudaLibraries::vendor
                                                   : CudaLibraries::automatic;
    } else if (flag == "--threads")
      options.threads = number(program, flag, value, 1);
    else if (flag == "--samples")
      options.samples = number(program, flag, value, 1);
    else if (flag == "--min-time")
      options.min_time = number(program, flag, value, 1e-6);
    else if (flag == "--json")
      options.json = value;
    else if (flag == "--cases")
      for (std::size_t at = 0; at <= value.size();) {
        const std::size_t comma = std::min(value.find(',', at), value.size());
        options.cases.emplace_back(value.substr(at, comma - at));
        at = comma + 1;
      }
    else
      refuse(program, fmt::format("unknown flag {}", flag));
  }
  if (options.threads == 0) options.threads = usable_cores();
  return options;
}

}  // namespace fno::bench
