#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "framework/error.h"
#include "tools/tasks/ptychography/array_reader.h"
#include "tools/tasks/ptychography/physics.h"

namespace fno::ptychography {
namespace {

constexpr std::int64_t kCompared = 256;  // patches, evenly spread over the scan
constexpr int kBatch = 16;
constexpr double kFloor = 0.002, kTimesNoise = 3;
constexpr double kSameScale = 0.01;  // relative; float32 sums and a subset of patches stay well inside

// The patches of the file by their number in the full scan; empty if that cannot be told.
std::vector<std::int64_t> scan_numbers(const PtychoData& data, int stride) {
  const int axis = (data.size - data.N) / stride + 1;
  const std::int64_t all = std::int64_t{data.images} * axis * axis;
  const Metadata& m = data.metadata;
  if (data.n == all) {
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(all));
    std::iota(numbers.begin(), numbers.end(), 0);
    return numbers;
  }
  if (m.own && m.patches_train && *m.patches_train == data.n && m.noise_seed && data.n < all)
    return training_subset(all, data.n, *m.noise_seed);
  return {};
}

double norm_of_probe(const PtychoData& data) {
  const std::vector<Complex> probe(data.probe.begin(), data.probe.end());
  return simulation_norm(probe, data.N);
}

struct Scan {
  int stride = 0, axis = 0;
  std::vector<std::int64_t> numbers;
};

const std::complex<float>* corner(const PtychoData& data, const Scan& scan, std::int64_t number) {
  const std::int64_t column = number % scan.axis * scan.stride, row = number / scan.axis % scan.axis * scan.stride;
  const std::int64_t image = number / scan.axis / scan.axis;
  return data.objects.data() + (image * data.size + row) * data.size + column;
}

// n_Y as the objects have it: mean over all patches of the patch maximum, by the maxima of windows along rows, then
// along columns.
double patch_maximum(const PtychoData& data, const Scan& scan) {
  const auto n = static_cast<std::size_t>(data.N), side = static_cast<std::size_t>(data.size);
  double sum = 0;
  std::vector<float> rows(side * static_cast<std::size_t>(scan.axis));
  for (int image = 0; image < data.images; ++image) {
    const std::complex<float>* object = data.objects.data() + static_cast<std::size_t>(image) * side * side;
    for (std::size_t r = 0; r < side; ++r)
      for (int c = 0; c < scan.axis; ++c) {
        float largest = 0;
        const std::complex<float>* at = object + r * side + static_cast<std::size_t>(c * scan.stride);
        for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, std::abs(at[i]));
        rows[r * static_cast<std::size_t>(scan.axis) + static_cast<std::size_t>(c)] = largest;
      }
    for (int r = 0; r < scan.axis; ++r)
      for (int c = 0; c < scan.axis; ++c) {
        float largest = 0;
        for (std::size_t i = 0; i < n; ++i)
          largest = std::max(
              largest, rows[(static_cast<std::size_t>(r * scan.stride) + i) * static_cast<std::size_t>(scan.axis) +
                            static_cast<std::size_t>(c)]);
        sum += static_cast<double>(largest);
      }
  }
  return sum / (static_cast<double>(data.images) * scan.axis * scan.axis);
}

void require_scale(const PtychoData& data, const char* name, double found, double wanted) {
  require<ErrorKind::numeric>(std::abs(found - wanted) <= kSameScale * wanted, "physics gate: ", data.path, ": found ",
                              name, " = ", found, ", accepted: within 1 % of ", wanted,
                              ", which the rest of the file gives (or --no-gate)");
}

// Mean over all patterns of Σ X² times κ² is the photons of a pattern: κ cancels in the diffraction itself.
void check_photons(const PtychoData& data) {
  const Metadata& m = data.metadata;
  if (!m.intensity_scale || !m.nphotons || m.split != "train") return;
  double energy = 0;
  for (const float x : data.diffraction) energy += static_cast<double>(x) * static_cast<double>(x);
  const double kappa = std::sqrt(*m.nphotons * static_cast<double>(data.n) / energy);
  // A subset has another mean than the whole scan that fixed κ: some percent for a few hundred patches.
  const double tolerance = m.patches_train ? 0.1 : kSameScale;
  require<ErrorKind::numeric>(std::abs(*m.intensity_scale - kappa) <= tolerance * kappa, "physics gate: ", data.path,
                              ": found intensity_scale = ", *m.intensity_scale, ", accepted: within ", 100 * tolerance,
                              " % of ", kappa, ", which makes ", *m.nphotons, " photons a pattern (or --no-gate)");
}

// Relative L1 error of the object's diffraction over the patches at `places` of the file.
double compare(const PtychoData& data, const Physics& physics, const Scan& scan, double scale,
               const std::vector<std::size_t>& places, const Device& device) {
  const NoGrad guard;
  const auto n = static_cast<std::size_t>(data.N), pixels = n * n;
  double difference = 0, total = 0;
  for (std::size_t first = 0; first < places.size(); first += kBatch) {
    const std::size_t count = std::min<std::size_t>(kBatch, places.size() - first);
    const double factor = scale / physics.gain(static_cast<std::int64_t>(count));
    std::vector<float> patch(2 * pixels * count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::complex<float>* object = corner(data, scan, scan.numbers[places[first + i]]);
      for (std::size_t r = 0; r < n; ++r)
        for (std::size_t c = 0; c < n; ++c) {
          const std::complex<float> o = object[r * static_cast<std::size_t>(data.size) + c];
          patch[2 * i * pixels + r * n + c] = static_cast<float>(factor * static_cast<double>(o.real()));
          patch[(2 * i + 1) * pixels + r * n + c] = static_cast<float>(factor * static_cast<double>(o.imag()));
        }
    }
    const Shape shape{static_cast<std::int64_t>(count), 2, data.N, data.N};
    const std::vector<float> prediction =
        physics.amplitude(Var(Tensor::from(patch, shape, device))).value().to_host<float>();
    for (std::size_t i = 0; i < count; ++i) {
      const float* x = data.diffraction.data() + places[first + i] * pixels;
      for (std::size_t p = 0; p < pixels; ++p) {
        difference += std::abs(static_cast<double>(prediction[i * pixels + p]) - static_cast<double>(x[p]));
        total += std::abs(static_cast<double>(x[p]));
      }
    }
  }
  return difference / total;
}

// What Poisson noise alone gives: the root of a count has deviation 1/2, |deviation| of a normal number is √(2/π) of
// it.
double noise_error(const PtychoData& data) {
  double sum = 0;
  for (const float x : data.diffraction) sum += static_cast<double>(x);
  const double mean = sum / static_cast<double>(data.diffraction.size());
  return 0.5 * std::sqrt(2 / std::numbers::pi) / (data.metadata.intensity_scale.value_or(1e9) * mean);
}

}  // namespace

// Amplitudes are never negative, and a pattern without light is no measurement.
void check_amplitudes(const PtychoData& data) {
  const std::string begin = "physics gate: " + where(data.path, "diffraction") + ": found ";
  if (data.measurement && data.measurement->negatives > 0)
    fail(ErrorKind::numeric, "physics gate: ", data.path, ": found ", data.measurement->first_negative,
         " of the "
         "diffraction and ",
         data.measurement->negatives - 1,
         " more values below 0, accepted: at least 0, or a mask "
         "that leaves such pixels out (or --no-gate, which takes them as 0)");
  const std::int64_t size = std::int64_t{data.C} * data.N * data.N;
  std::int64_t dark = 0, first_dark = 0;
  for (std::int64_t i = 0; i < data.n; ++i) {
    const auto pattern =
        std::span(data.diffraction).subspan(static_cast<std::size_t>(i * size), static_cast<std::size_t>(size));
    const auto negative = std::ranges::find_if(pattern, [](float x) { return x < 0; });
    if (negative != pattern.end()) {
      const std::int64_t pixel = negative - pattern.begin(), points = std::int64_t{data.N} * data.N;
      fail(ErrorKind::numeric, begin, *negative, " at index (", i, ", ", pixel % points / data.N, ", ", pixel % data.N,
           ", ", pixel / points, "), accepted: amplitudes of at least 0 (or --no-gate)");
    }
    if (std::ranges::any_of(pattern, [](float x) { return x != 0; })) continue;
    if (dark++ == 0) first_dark = i;
  }
  require<ErrorKind::numeric>(dark == 0, begin, dark == data.n ? "all " : "", dark,
                              dark == 1 ? " pattern" : " patterns", " of ", data.n,
                              " dark, without any amplitude above 0, the first is sample ", first_dark,
                              "; accepted: patterns that saw light (or --no-gate)");
}

std::optional<GateResult> gate(const PtychoData& data, const Physics& physics, const Device& device,
                               std::string& notice) {
  check_amplitudes(data);
  if (data.measurement) return std::nullopt;  // its object, if it has one, is a reconstruction: compared, not demanded
  const Metadata& m = data.metadata;
  const auto pass = [&](const std::string& why) {
    notice = "no physics gate: " + data.path + " " + why;
    return std::nullopt;
  };
  if (data.images == 0) return pass("has no full objects (YY_full)");
  if (data.C != 1) return pass("has several patches a group");
  const std::optional<std::int64_t> offset = m.split == "train" ? m.outer_offset_train : m.outer_offset_test;
  if (!offset || *offset < 2 || *offset > 2 * data.N || data.size < data.N)
    return pass("does not say how it was scanned");
  Scan scan{.stride = static_cast<int>(*offset / 2), .axis = 0, .numbers = {}};
  scan.axis = (data.size - data.N) / scan.stride + 1;
  scan.numbers = scan_numbers(data, scan.stride);
  if (scan.numbers.empty()) return pass("does not say which patches of the scan it holds");

  const double norm = patch_maximum(data, scan);
  if (data.norm_Y_I) require_scale(data, "norm_Y_I", *data.norm_Y_I, norm);
  if (m.norm_Y_I) require_scale(data, "the metadata's norm_Y_I", *m.norm_Y_I, norm);

  std::vector<std::size_t> places;
  const std::int64_t step = std::max<std::int64_t>(1, data.n / kCompared);
  for (std::int64_t i = 0; i < data.n; i += step) places.push_back(static_cast<std::size_t>(i));
  // Files of the original project do not say ν; worked out from their own probe it hides an error of the probe's scale
  // and nothing else.
  const double nu = m.simulation_probe_norm ? *m.simulation_probe_norm : norm_of_probe(data);
  const double scale = 1 / (norm * nu);
  GateResult result{.error = compare(data, physics, scan, scale, places, device),
                    .limit = std::max(kFloor, kTimesNoise * noise_error(data)),
                    .patches = static_cast<std::int64_t>(places.size())};
  require<ErrorKind::numeric>(result.error <= result.limit, "physics gate: ", data.path,
                              ": the true object gives a diffraction that differs from the file's by ", result.error,
                              " (relative L1), accepted: at most ", result.limit,
                              "; counts instead of amplitudes, another probe or another scale? (or --no-gate)");
  check_photons(data);  // last: it is the diffraction that is wrong more often than what is said about it
  return result;
}

}  // namespace fno::ptychography
