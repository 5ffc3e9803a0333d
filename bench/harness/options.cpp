#include "bench/harness/options.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <new>
#include <string_view>

#include "bench/harness/machine.h"
#include "framework/error.h"

namespace fno::bench {
namespace {

constexpr std::string_view kUsage =
    "  --device D          cpu, cuda, cuda-emulated (default: cpu)\n"
    "  --cuda-libraries L  own, vendor, auto: who runs what cuBLAS, cuFFT and cuDNN can run (default: own)\n"
    "  --threads N         threads of our kernels (default: the usable cores)\n"
    "  --samples N         repetitions of each case (default: 15)\n"
    "  --min-time S        seconds of a repetition at least (default: 0.05)\n"
    "  --cases A,B/c       only these: a case, all that begin with A/, or all\n"
    "  --unchecked         times without comparing results with float64 first\n"
    "  --json FILE         the results as JSON too\n"
    "  --markdown FILE     the table as Markdown too\n"
    "  --roofline FILE     a plot of all rows under the measured roofs, SVG\n";
constexpr std::string_view kListUsage = "  --list              prints the chosen cases as JSON and times nothing\n";
constexpr std::string_view kShapeUsage =
    "  --case SHAPE        a layer of your own, as b=8,c=48,grid=96x96,modes=20; also "
    "convention=classic|centered|corner,\n"
    "                      kernel=1, stable=0|1; may be given several times\n"
    "  --sweep A,B         modes, grid, batch, channels: one of them varied around layer L1\n"
    "  --kinds A,B         operator, forward, train (default: all)\n";
constexpr std::string_view kKinds[] = {"operator", "forward", "train"};
constexpr std::string_view kSweeps[] = {"modes", "grid", "batch", "channels"};

template <class... Parts>
[[noreturn]] void refuse(const Parts&... parts) {
  fail(ErrorKind::config, parts...);
}

template <class T>
T number(std::string_view flag, std::string_view text, T least) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= least) || value > T(10000))
    refuse(flag, ": found '", text, "', a number from ", least, " to 10000 is needed");
  return value;
}

std::vector<std::string> parts_of(std::string_view value) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= value.size();) {
    const std::size_t comma = std::min(value.find(',', at), value.size());
    parts.emplace_back(value.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

template <std::size_t N>
std::vector<std::string> some_of(std::string_view flag, std::string_view value, const std::string_view (&accepted)[N]) {
  std::vector<std::string> parts = parts_of(value);
  for (const std::string& part : parts)
    if (std::ranges::count(accepted, part) == 0) {
      std::string names;
      for (const std::string_view name : accepted) names.append(names.empty() ? "" : ", ").append(name);
      refuse(flag, ": found '", part, "', accepted are ", names);
    }
  return parts;
}

template <std::size_t N>
std::string one_of(std::string_view flag, std::string_view value, const std::string_view (&accepted)[N]) {
  if (value.find(',') != std::string_view::npos) refuse(flag, ": found '", value, "', one value is needed");
  return some_of(flag, value, accepted).front();
}

void take(Options& options, Accepts accepts, std::string_view flag, std::string_view value) {
  static constexpr std::string_view kDevices[] = {"cpu", "cuda", "cuda-emulated"};
  static constexpr std::string_view kLibraries[] = {"own", "vendor", "auto"};
  if (flag == "--device") {
    options.device = one_of(flag, value, kDevices);
  } else if (flag == "--cuda-libraries") {
    const std::string name = one_of(flag, value, kLibraries);
    options.cuda_libraries = name == "own"      ? CudaLibraries::own
                             : name == "vendor" ? CudaLibraries::vendor
                                                : CudaLibraries::automatic;
  } else if (flag == "--threads") {
    options.threads = number(flag, value, 1);
  } else if (flag == "--samples") {
    options.samples = number(flag, value, 1);
  } else if (flag == "--min-time") {
    options.min_time = number(flag, value, 1e-6);
  } else if (flag == "--json") {
    options.json = value;
  } else if (flag == "--markdown") {
    options.markdown = value;
  } else if (flag == "--roofline") {
    options.roofline = value;
  } else if (flag == "--cases") {
    options.cases = parts_of(value);
  } else if (flag == "--case" && accepts.shapes) {
    options.shapes.emplace_back(value);
  } else if (flag == "--sweep" && accepts.shapes) {
    options.sweeps = some_of(flag, value, kSweeps);
  } else if (flag == "--kinds" && accepts.shapes) {
    options.kinds = some_of(flag, value, kKinds);
  } else {
    refuse("unknown flag ", flag, "; --help lists those there are");
  }
}

}  // namespace

Options parse_options(const std::string& program, int argc, char** argv, Accepts accepts) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string_view flag = argv[i], value;
    if (flag == "--help") {
      fmt::print("{}: times its cases\n{}{}{}", program, kUsage, accepts.list ? kListUsage : "",
                 accepts.shapes ? kShapeUsage : "");
      std::exit(0);
    }
    if (flag == "--unchecked") {
      options.checked = false;
      continue;
    }
    if (flag == "--list" && accepts.list) {
      options.list = true;
      continue;
    }
    if (!flag.starts_with("--")) refuse("found '", flag, "', a flag is needed; --help lists those there are");
    if (const auto equals = flag.find('='); equals != std::string_view::npos) {
      value = flag.substr(equals + 1);
      flag = flag.substr(0, equals);
    } else if (i + 1 < argc) {
      value = argv[++i];
    }
    if (value.empty()) refuse(flag, ": needs a value");
    take(options, accepts, flag, value);
  }
  if (options.threads == 0) options.threads = usable_cores();
  return options;
}

bool asks_for(const std::vector<std::string>& asked, const std::string& name) {
  return std::ranges::any_of(asked, [&](const std::string& a) {
    return a == "all" || name == a || (name.starts_with(a) && name[a.size()] == '/');
  });
}

void require_known_cases(const std::vector<std::string>& asked, const std::vector<std::string>& known) {
  for (const std::string& a : asked) {
    if (std::ranges::any_of(known, [&](const std::string& name) { return asks_for({a}, name); })) continue;
    std::vector<std::string> names;
    for (const std::string& name : known)
      if (const std::string family = name.substr(0, name.find('/')); names.empty() || names.back() != family)
        names.push_back(family);
    std::string text = "all";
    for (const std::string& name : names) text += ", " + name;
    refuse("--cases: found '", a, "', accepted are ", text);
  }
}

int run_main(const std::string& program, int (*body)(int, char**), int argc, char** argv) {
  try {
    return body(argc, argv);
  } catch (const Error& error) {
    fmt::print(stderr, "{}: {}\n", program, error.what());
    return error.exit_code();
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "{}: out of memory; a smaller batch or grid is needed\n", program);
    return static_cast<int>(ErrorKind::device);
  }
}

}  // namespace fno::bench
