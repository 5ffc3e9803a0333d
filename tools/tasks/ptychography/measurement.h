#pragma once

#include <array>
#include <complex>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/names.h"
#include "tools/tasks/ptychography/image2d.h"

namespace fno::ptychography {

/// What the diffraction of a file is: roots of intensities, or intensities (counts).
enum class Measured { automatic, amplitudes, intensities };
/// Which axes of the positions run the other way.
enum class Flip { none, x, y, both };
/// Which values of a mask leave a pixel out; automatic: those of the fewer pixels.
enum class Masked { automatic, zeros, ones };

}  // namespace fno::ptychography

template <>
inline constexpr std::array<std::string_view, 3> fno::kNames<fno::ptychography::Measured>{"auto", "amplitudes",
                                                                                          "intensities"};
template <>
inline constexpr std::array<std::string_view, 4> fno::kNames<fno::ptychography::Flip>{"none", "x", "y", "xy"};
template <>
inline constexpr std::array<std::string_view, 3> fno::kNames<fno::ptychography::Masked>{"auto", "zeros", "ones"};

namespace fno::ptychography {

/// How a file of measurements is to be taken.
struct MeasurementReading {
  Measured measured = Measured::automatic;
  Masked masked = Masked::automatic;
  Flip flip = Flip::none;
  bool swap_xy = false;
  std::optional<std::string> probe;  ///< the file that has it, where it is not the measurement's own
  std::optional<double> pixel_size;  ///< side of an object pixel in metres: positions are in metres then
};

/// Where patterns were taken: (0, 0) is the centre of a pixel of the object, columns grow with x, rows with y.
struct Positions {
  std::vector<double> x, y;  ///< pixels, one a pattern: pixel (⌊N/2⌋, ⌊N/2⌋) of its patch lies there
};

/// The units of a scan: what is stored, divided by them, is what networks see. Exact in float32.
struct ScanUnits {
  double amplitude = 1;  ///< twice the root mean square of the amplitudes
  double probe = 1;      ///< of the probe's mean power a pixel, such that an object of modulus 1 gives such amplitudes
};

/// What a measurement says beside its patterns and its probe.
struct Measurement {
  Positions positions;
  std::vector<float> mask;  ///< (N, N) or (n, N, N), 1 where a pixel counts; empty: all do
  ScanUnits units;
  std::optional<ComplexImage> truth;  ///< the object, if the file has it
  int truth_row = 0, truth_col = 0;   ///< its first pixel in the coordinates of the positions
  std::int64_t negatives = 0;         ///< values below 0 where the mask counts, which became 0
  std::string first_negative;         ///< "-50 at index (3, 0, 5)"
  std::string text;                   ///< how the file was read, in one line
  std::vector<std::string> notices;   ///< of what was probably meant otherwise, with the remedy
};

/// Whether a pixel of a pattern counts; `mask` as Measurement has it.
[[nodiscard]] inline float weight_of(const std::vector<float>& mask, std::int64_t pattern, std::size_t pixel,
                                     std::size_t pixels) {
  if (mask.empty()) return 1;
  return mask.size() == pixels ? mask[pixel] : mask[static_cast<std::size_t>(pattern) * pixels + pixel];
}

/// What the numbers of a scan are, with the reason in words.
struct MeasuredKind {
  bool intensities = false;
  std::string why;
};

/// Tells amplitudes from intensities by the values themselves and by the probe:
///
/// 1. whole numbers are counts, roots of whole numbers are amplitudes;
/// 2. intensities whose mean follows the probe's own diffraction, where as amplitudes they do not;
/// 3. the intensity of ψ has the autocorrelation of ψ as its transform, which ends where that of |probe| does: the
///    squares of amplitudes respect that, those of intensities do not.
///
/// What none of these decides is taken for amplitudes, as the public contract has them.
/// Shapes   values (n, N, N), probe (N, N), mask as Measurement has it
[[nodiscard]] MeasuredKind measured_kind(std::span<const float> values, int N,
                                         std::span<const std::complex<float>> probe, const std::vector<float>& mask);

/// The least Σ w |c·a - x| / Σ w x over all c >= 0, and that c: how far a shape known up to its scale comes.
/// Shapes   a (pixels), x (n, pixels), mask of n patterns
struct ScaledFit {
  double error = 0, scale = 0;
};
[[nodiscard]] ScaledFit fit_scale(std::span<const float> a, std::span<const float> x, const std::vector<float>& mask);

/// |FFT2(field)| / N with frequency 0 at (⌊N/2⌋, ⌊N/2⌋), on the CPU. Shapes: field (N, N).
[[nodiscard]] std::vector<float> far_field(std::span<const std::complex<float>> field, int N);

/// How neighbours of a scan overlap, along the line between them.
struct Overlap {
  double spacing = 0;   ///< mean distance to the nearest neighbour, pixels
  double diameter = 0;  ///< of a disk with the probe's effective area (Σ|P|²)² / Σ|P|⁴, pixels
  [[nodiscard]] double fraction() const { return diameter > 0 ? 1 - spacing / diameter : 0; }  ///< may be negative
};
[[nodiscard]] Overlap overlap_of(const Positions& positions, std::span<const std::complex<float>> probe);

}  // namespace fno::ptychography
