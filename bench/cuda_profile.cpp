// What the kernels of a Fourier layer move, counted in the emulator: fno_cuda_profile --cases D1/train. No GPU is
// needed, and no time is told; cuda/emulation/emulated/traffic.h says what the columns mean.
#include <algorithm>
#include <cstdio>
#include <fmt/format.h>
#include <map>

#include "bench/harness/layer.h"
#include "bench/harness/layer_cases.h"
#include "cuda/backend.h"
#include "cuda/emulation/emulated/traffic.h"
#include "framework/error.h"

namespace fno::bench {
namespace {

using cu::emulated::LaunchCounts;
using cu::emulated::Transfers;

const char* const kHelp = R"(usage: fno_cuda_profile [--cases NAMES] [--case SHAPE] [--launches]

Runs layers in the CUDA emulator and counts the memory traffic of their kernels, as Markdown.
  --cases     named layers and kinds, as D1/train,N1/forward (fno_bench_spectral_layer --list --cases all)
  --case      a layer of your own, as b=8,c=48,grid=96x96,modes=20; forward and train
  --launches  a row for each launch in place of one for each kernel

Columns, in MB: asked by threads; sent, as sectors of 32 bytes of every request; of blocks, the same with a cache that holds
what a block has read; once, what a launch must read and write at least. S is one activation. sect ld, st: sectors a
request (4 for neighbouring floats). conflicts: wavefronts in shared memory over the least, and the worst of a request.
least us: what the counts alone allow on an H100 at the most, the largest of once at 3.0 TB/s (measured copy; a layer whose
activation stays below 25 MB is taken to lie in L2), of blocks at L2's 4.5 TB/s (assumed), multiply-adds at 32 T/s, and 2.2 us
a launch (assumed). A bound, not a prediction: latency, occupancy and other instructions come on top.
Seconds to minutes a case: the emulator takes 10 to 100 ns an access.
)";

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

void add(Transfers& sum, const Transfers& t) {
  sum.requests += t.requests;
  sum.asked += t.asked;
  sum.sent += t.sent;
  sum.of_blocks += t.of_blocks;
  sum.compulsory += t.compulsory;
}

// One row a kernel, in the order of their first launches.
std::vector<LaunchCounts> by_kernel(const std::vector<LaunchCounts>& launches, std::map<std::string, int>& times) {
  std::vector<LaunchCounts> rows;
  for (const LaunchCounts& l : launches) {
    ++times[l.kernel];
    const auto found = std::ranges::find(rows, l.kernel, &LaunchCounts::kernel);
    if (found == rows.end()) {
      rows.push_back(l);
      continue;
    }
    add(found->loads, l.loads);
    add(found->stores, l.stores);
    found->blocks += l.blocks;
    found->shared_requests += l.shared_requests;
    found->wavefronts += l.wavefronts;
    found->least_wavefronts += l.least_wavefronts;
    found->worst_conflict = std::max(found->worst_conflict, l.worst_conflict);
    found->barriers += l.barriers;
    found->multiply_adds += l.multiply_adds;
  }
  return rows;
}

constexpr double kCopy = 3.0e12, kSecondLevel = 4.5e12, kMultiplyAdds = 32e12, kLaunch = 2.2e-6,
                 kFitsSecondLevel = 25e6;

double least_microseconds(const LaunchCounts& c, int launches, double activation) {
  const double once =
      (c.loads.compulsory + c.stores.compulsory) / (activation < kFitsSecondLevel ? kSecondLevel : kCopy);
  const double blocks = (c.loads.of_blocks + c.stores.of_blocks) / kSecondLevel;
  return 1e6 * std::max({once, blocks, c.multiply_adds / kMultiplyAdds, launches * kLaunch});
}

double over(double a, double b) { return b > 0 ? a / b : 0; }

void print_row(const std::string& name, const LaunchCounts& c, double activation, double least) {
  const double sent = c.loads.sent + c.stores.sent, once = c.loads.compulsory + c.stores.compulsory;
  fmt::print(
      "| {} | {} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.2f} | {:.1f} | {:.1f} | {} | {:.1f} | {:.1f} |\n",
      name, c.blocks, 1e-6 * (c.loads.asked + c.stores.asked), 1e-6 * sent,
      1e-6 * (c.loads.of_blocks + c.stores.of_blocks), 1e-6 * once, once / activation, over(sent, once),
      c.loads.sectors_per_request(), c.stores.sectors_per_request(),
      c.shared_requests == 0
          ? std::string("-")
          : fmt::format("{:.2f}, {:.0f}", over(double(c.wavefronts), double(c.least_wavefronts)), c.worst_conflict),
      1e-6 * c.multiply_adds, least);
}

void profile(const LayerCase& chosen, const std::string& kind, bool each_launch) {
  const LayerShape& shape = chosen.shape;
  double activation = 4.0 * shape.batch * shape.channels;
  for (const int n : shape.grid) activation *= n;
  const Device device(cuda::make_backend(0, "cuda-emulated", CudaLibraries::own));
  const Layer layer(shape, 1, device, Dtype::float32);
  const cu::emulated::Counting counting;
  (void)layer.call(kind, 0);

  std::map<std::string, int> times;
  const std::vector<LaunchCounts> rows = each_launch ? counting.launches() : by_kernel(counting.launches(), times);
  fmt::print("\n### {}/{}: batch {}, {} channels, {} modes; S = {:.2f} MB\n\n", shape.name, kind, shape.batch,
             shape.channels, shape.modes, 1e-6 * activation);
  fmt::print(
      "| kernel | blocks | asked | sent | of blocks | once | once / S | sent / once | sect ld | st | conflicts | "
      "M multiply-adds | least us |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  LaunchCounts total;
  double least = 0;
  for (const LaunchCounts& row : rows) {
    const int launches = std::max(times[row.kernel], 1);
    least += least_microseconds(row, launches, activation);
    print_row(launches > 1 ? fmt::format("{} x {}", launches, row.kernel) : row.kernel, row, activation,
              least_microseconds(row, launches, activation));
    add(total.loads, row.loads);
    add(total.stores, row.stores);
    total.blocks += row.blocks;
    total.shared_requests += row.shared_requests;
    total.wavefronts += row.wavefronts;
    total.least_wavefronts += row.least_wavefronts;
    total.worst_conflict = std::max(total.worst_conflict, row.worst_conflict);
    total.multiply_adds += row.multiply_adds;
  }
  print_row(fmt::format("all {} launches", counting.launches().size()), total, activation, least);
  const double floor = kind == "operator"  ? operator_forward(shape).bytes()
                       : kind == "forward" ? layer_forward(shape).bytes()
                                           : (layer_forward(shape) + layer_backward(shape)).bytes();
  const double once = total.loads.compulsory + total.stores.compulsory, sent = total.loads.sent + total.stores.sent;
  fmt::print("\nFloor of the layer {:.2f} MB ({:.2f} S): {:.0f} % of once, {:.0f} % of sent.\n", 1e-6 * floor,
             floor / activation, 100 * floor / once, 100 * floor / sent);
}

int body(int argc, char** argv) {
  Options options;
  bool each_launch = false;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    const auto value = [&] {
      require<ErrorKind::config>(i + 1 < argc, flag, ": a value is needed");
      return std::string(argv[++i]);
    };
    if (flag == "--help") {
      std::fputs(kHelp, stdout);
      return 0;
    }
    if (flag == "--cases")
      options.cases = split(value());
    else if (flag == "--case")
      options.shapes.push_back(value());
    else if (flag == "--launches")
      each_launch = true;
    else
      fail(ErrorKind::config, "found ", flag, ", accepted are --cases, --case, --launches, --help");
  }
  if (options.cases.empty() && options.shapes.empty()) options.cases = {"N1/train"};
  for (const LayerCase& layer : chosen_layers(options))
    for (const std::string& kind : layer.kinds)
      if (!options.cases.empty() || kind != "operator") profile(layer, kind, each_launch);
  return 0;
}

}  // namespace
}  // namespace fno::bench

int main(int argc, char** argv) { return fno::bench::run_main("cuda_profile", fno::bench::body, argc, argv); }
