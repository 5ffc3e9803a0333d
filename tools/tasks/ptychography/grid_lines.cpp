#include "tools/tasks/ptychography/grid_lines.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "framework/cpu/fft.h"
#include "framework/error.h"
#include "framework/tensor/random.h"
#include "tools/files/sha256.h"
#include "tools/tasks/ptychography/lines_object.h"
#include "tools/tasks/ptychography/poisson.h"

namespace fno::ptychography {
namespace {

constexpr std::uint32_t kTrainSeed = 1, kTestSeed = 2, kValidationSeed = 3;
constexpr int kSplitBits = 56;  // random streams: the split above, the patch below; split 0 draws the subset

std::int64_t square(int n) { return std::int64_t{n} * n; }

/// Where patch `p` begins in an array (images, size, size).
std::size_t first_pixel(const Split& split, std::int64_t p, int size) {
  const std::int64_t image = p / square(split.axis), row = p / split.axis % split.axis, col = p % split.axis;
  return static_cast<std::size_t>((image * size + row * split.stride) * size + col * split.stride);
}

/// f(row of the patch, its first pixel) for the N rows of patch p of `values`.
template <class T, class F>
void for_each_row(const Split& split, const GridLines& s, std::int64_t p, const std::vector<T>& values, const F& f) {
  const T* corner = values.data() + first_pixel(split, p, s.size);
  for (int r = 0; r < s.N; ++r) f(r, corner + static_cast<std::size_t>(r) * static_cast<std::size_t>(s.size));
}

Split make_split(const GridLines& s, const char* name, std::uint32_t seed, int images, int outer_offset) {
  Split split{.name = name, .object_seed = seed, .images = images};
  split.stride = outer_offset / 2;
  split.axis = (s.size - s.N) / split.stride + 1;
  LinesObjects objects(seed, s.size);
  for (int i = 0; i < images; ++i) {
    const std::vector<double> object = objects.next();
    split.amplitude.insert(split.amplitude.end(), object.begin(), object.end());
  }
  if (s.set_phi) split.phase = lines_phase(split.amplitude);
  split.patches.resize(static_cast<std::size_t>(images * square(split.axis)));
  std::iota(split.patches.begin(), split.patches.end(), std::int64_t{0});
  double sum = 0;
  for (const std::int64_t p : split.patches) {
    double largest = 0;
    for_each_row(split, s, p, split.amplitude, [&](int, const double* row) {
      for (int c = 0; c < s.N; ++c) largest = std::max(largest, row[c]);
    });
    sum += largest;
  }
  split.norm_Y_I = sum / static_cast<double>(split.count());
  return split;
}

std::vector<Complex> prepare_probe(const GridLines& s) {
  std::vector<Complex> probe = s.probe_source == ProbeSource::custom     ? read_probe(*s.probe_npz, s.N)
                               : s.probe_source == ProbeSource::analytic ? analytic_probe(s.N)
                                                                         : ideal_disk_probe(s.N);
  smooth_amplitude(probe, s.N, smoothing_in_force(s));
  if (s.probe_mask_diameter) mask_probe(probe, s.N, *s.probe_mask_diameter);
  return probe;
}

/// kappa = sqrt(nphotons / mean over the patches of sum |e|^2).
double photon_scale(const GridLinesSet& set) {
  const GridLines& s = set.settings;
  std::vector<double> sums(static_cast<std::size_t>(square(s.N)));  // over patches of the squared amplitude
  for (const std::int64_t p : set.train.patches)
    for_each_row(set.train, s, p, set.train.amplitude, [&](int r, const double* row) {
      double* sum = sums.data() + static_cast<std::ptrdiff_t>(r) * s.N;
      for (int c = 0; c < s.N; ++c) sum[c] += row[c] * row[c];
    });
  double energy = 0;
  for (std::size_t i = 0; i < sums.size(); ++i) energy += sums[i] * std::norm(set.probe[i]);
  const double scale = set.train.norm_Y_I * set.nu;
  return std::sqrt(s.nphotons * static_cast<double>(set.train.count()) * scale * scale / energy);
}

void keep_subset(const GridLines& s, Split& train) {
  if (s.patches_train) train.patches = training_subset(train.count(), *s.patches_train, s.noise_seed);
}

/// Computes patches one at a time; one a thread.
class Diffraction {
 public:
  Diffraction(const GridLinesSet& set, const Split& split) : set_(set), split_(split) {
    const int n = set.settings.N;
    const std::array<int, 2> shape{n, n};
    wave_.resize(static_cast<std::size_t>(square(n)));
    scratch_.resize(cpu::fft_workspace<double>(shape));
  }

  void compute(const std::vector<Complex>& objects, const std::vector<Complex>& light, std::int64_t patch, float* x) {
    const GridLines& s = set_.settings;
    for_each_row(split_, s, patch, objects, [&](int r, const Complex* o) {
      const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(r) * s.N;
      for (int c = 0; c < s.N; ++c) {
        const Complex a = o[c], b = light[static_cast<std::size_t>(at + c)];
        wave_[static_cast<std::size_t>(at + c)] = {a.real() * b.real() - a.imag() * b.imag(),
                                                   a.real() * b.imag() + a.imag() * b.real()};
      }
    });
    const std::array<int, 2> shape{s.N, s.N};
    cpu::cfft_forward<double>(shape, wave_.data(), wave_.data(), scratch_.data());
    Random random(s.noise_seed, std::uint64_t{split_.object_seed} << kSplitBits | static_cast<std::uint64_t>(patch));
    const double unit = 1 / set_.intensity_scale;
    for (std::size_t i = 0; i < wave_.size(); ++i) {
      const double mean = std::norm(wave_[i]);
      x[i] = static_cast<float>(std::sqrt(s.noise ? poisson(random, mean) : mean) * unit);
    }
  }

 private:
  const GridLinesSet& set_;
  const Split& split_;
  std::vector<Complex> wave_, scratch_;
};

/// What a pixel of the object is multiplied by before the transform: kappa P / (nu norm_Y_I N), with the sign of a
/// chessboard, which moves frequency zero to (N/2, N/2).
std::vector<Complex> illumination(const GridLinesSet& set, const Split& split) {
  const int n = set.settings.N;
  const double scale = set.intensity_scale / (set.nu * split.norm_Y_I * n);
  std::vector<Complex> light(set.probe.size());
  for (std::size_t i = 0; i < light.size(); ++i) {
    const std::size_t side = static_cast<std::size_t>(n), row = i / side, col = i % side;
    light[i] = set.probe[i] * ((row + col) % 2 == 0 ? scale : -scale);
  }
  return light;
}

std::vector<Complex> complex_objects(const Split& split) {
  std::vector<Complex> objects(split.amplitude.begin(), split.amplitude.end());
  for (std::size_t i = 0; i < split.phase.size(); ++i) objects[i] = std::polar(split.amplitude[i], split.phase[i]);
  return objects;
}

void check_room(const GridLinesSet& set, const Split& split, std::span<float> out) {
  const std::int64_t wanted = split.count() * square(set.settings.N);
  require<ErrorKind::config>(static_cast<std::int64_t>(out.size()) == wanted, "grid lines: room for ", out.size(),
                             " values, the split ", split.name, " has ", wanted);
}

}  // namespace

double smoothing_in_force(const GridLines& settings) {
  return settings.probe_source == ProbeSource::custom ? settings.probe_smoothing_sigma : 0;
}

GridLinesSet prepare(const GridLines& settings) {
  check_grid_lines(settings);
  GridLinesSet set;
  set.settings = settings;
  set.probe = prepare_probe(settings);
  if (settings.probe_npz) set.probe_sha256 = sha256_hex_of_file(*settings.probe_npz);
  set.nu = simulation_norm(set.probe, settings.N);
  require<ErrorKind::config>(std::isnormal(set.nu), "--probe-mask-diameter, --probe-npz: mean |P| near the centre is ",
                             set.nu / 4, "; a probe with light inside radius N/4 is accepted");
  set.train = make_split(settings, "train", kTrainSeed, settings.nimgs_train, settings.outer_offset_train);
  set.test = make_split(settings, "test", kTestSeed, settings.nimgs_test, settings.outer_offset_test);
  if (settings.nimgs_validation > 0)
    set.validation =
        make_split(settings, "validation", kValidationSeed, settings.nimgs_validation, settings.outer_offset_test);
  set.intensity_scale = photon_scale(set);
  keep_subset(settings, set.train);
  return set;
}

std::vector<std::int64_t> training_subset(std::int64_t patches, std::int64_t kept, std::uint64_t noise_seed) {
  std::vector<std::int64_t> subset = Random(noise_seed).permutation(patches);
  subset.resize(static_cast<std::size_t>(kept));
  std::ranges::sort(subset);
  return subset;
}

void compute_diffraction(const GridLinesSet& set, const Split& split, cpu::Threads& threads, std::span<float> x) {
  check_room(set, split, x);
  const std::vector<Complex> objects = complex_objects(split), light = illumination(set, split);
  constexpr std::int64_t kGrain = 16;
  std::vector<Diffraction> workers(static_cast<std::size_t>(threads.parts(split.count(), kGrain)),
                                   Diffraction(set, split));
  threads.parallel(split.count(), kGrain, [&](std::int64_t first, std::int64_t last, std::int64_t part) {
    for (std::int64_t i = first; i < last; ++i)
      workers[static_cast<std::size_t>(part)].compute(objects, light, split.patches[static_cast<std::size_t>(i)],
                                                      x.data() + i * square(set.settings.N));
  });
}

void compute_illuminated_amplitude(const GridLinesSet& set, const Split& split, std::span<float> y) {
  check_room(set, split, y);
  const GridLines& s = set.settings;
  std::vector<double> light(set.probe.size());
  std::ranges::transform(set.probe, light.begin(), [&](Complex p) { return std::abs(p) / (set.nu * split.norm_Y_I); });
  float* out = y.data();
  for (const std::int64_t p : split.patches)
    for_each_row(split, s, p, split.amplitude, [&](int r, const double* row) {
      const double* factor = light.data() + static_cast<std::ptrdiff_t>(r) * s.N;
      for (int c = 0; c < s.N; ++c) *out++ = static_cast<float>(row[c] * factor[c]);
    });
}

void compute_patch_phase(const GridLinesSet& set, const Split& split, std::span<float> phi) {
  check_room(set, split, phi);
  std::ranges::fill(phi, 0.f);
  if (split.phase.empty()) return;
  float* out = phi.data();
  for (const std::int64_t p : split.patches)
    for_each_row(split, set.settings, p, split.phase, [&](int, const double* row) {
      for (int c = 0; c < set.settings.N; ++c) *out++ = static_cast<float>(row[c]);
    });
}

std::vector<float> patch_centres(const GridLinesSet& set, const Split& split) {
  const double half = 0.5 * (set.settings.N - 1);
  std::vector<float> centres;
  for (const std::int64_t p : split.patches)
    for (const std::int64_t place : {p / split.axis % split.axis, p % split.axis})
      centres.push_back(static_cast<float>(static_cast<double>(place * split.stride) + half));
  return centres;
}

std::vector<std::complex<float>> full_objects(const Split& split) {
  const std::vector<Complex> objects = complex_objects(split);
  return {objects.begin(), objects.end()};
}

void check_grid_lines(const GridLines& s) {
  constexpr int kLargestN = 1024, kLargestSize = 8192, kMostImages = 1000;
  require<ErrorKind::config>(s.N >= 8 && s.N <= kLargestN && s.N % 2 == 0, "--N: found ", s.N,
                             ", accepted: an even number from 8 to ", kLargestN);
  require<ErrorKind::config>(s.gridsize == 1, "--gridsize: found ", s.gridsize,
                             ", accepted: 1 (groups of overlapping patches cannot be simulated)");
  require<ErrorKind::config>(s.size >= s.N && s.size <= kLargestSize && s.size % 2 == 0, "--size: found ", s.size,
                             ", accepted: an even number from N = ", s.N, " to ", kLargestSize);
  const auto offset = [&](const char* flag, int d) {
    require<ErrorKind::config>(d >= 2 && d % 2 == 0 && d <= 2 * s.N, flag, ": found ", d,
                               ", accepted: an even number from 2 to 2 N = ", 2 * s.N);
  };
  offset("--outer-offset-train", s.outer_offset_train);
  offset("--outer-offset-test", s.outer_offset_test);
  const auto images = [&](const char* flag, int n, int least) {
    require<ErrorKind::config>(n >= least && n <= kMostImages, flag, ": found ", n, ", accepted: ", least, " to ",
                               kMostImages);
  };
  images("--nimgs-train", s.nimgs_train, 1);
  images("--nimgs-test", s.nimgs_test, 1);
  images("--nimgs-validation", s.nimgs_validation, 0);
  // Above 1e15 a count is no longer a whole number of double precision.
  require<ErrorKind::config>(s.nphotons > 0 && s.nphotons <= 1e15, "--nphotons: found ", s.nphotons,
                             ", accepted: a number above 0, at most 1e15");
  require<ErrorKind::config>(s.probe_smoothing_sigma >= 0 && s.probe_smoothing_sigma <= s.N,
                             "--probe-smoothing-sigma: found ", s.probe_smoothing_sigma, ", accepted: 0 to N = ", s.N);
  require<ErrorKind::config>(
      !s.probe_mask_diameter || (*s.probe_mask_diameter > 0 && std::isfinite(*s.probe_mask_diameter)),
      "--probe-mask-diameter: found ", s.probe_mask_diameter.value_or(0), ", accepted: a number above 0");
  const bool custom = s.probe_source == ProbeSource::custom;
  require<ErrorKind::config>(custom == s.probe_npz.has_value(), "--probe-source: found ", name_of(s.probe_source),
                             custom ? " without a file, accepted: custom with --probe-npz FILE"
                                    : " with --probe-npz, accepted: custom, or no file");
  const std::int64_t patches = s.nimgs_train * square((s.size - s.N) / (s.outer_offset_train / 2) + 1);
  require<ErrorKind::config>(!s.patches_train || (*s.patches_train >= 1 && *s.patches_train <= patches),
                             "--patches-train: found ", s.patches_train.value_or(0), ", accepted: 1 to ", patches,
                             ", the patches of all training objects");
}

}  // namespace fno::ptychography
