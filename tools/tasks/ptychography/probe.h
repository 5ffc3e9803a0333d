#pragma once

#include <array>
#include <complex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/names.h"

namespace fno::ptychography {

using Complex = std::complex<double>;

/// Where the probe comes from: an NPZ file, or a formula.
enum class ProbeSource { custom, analytic, ideal_disk };

}  // namespace fno::ptychography

template <>
inline constexpr std::array<std::string_view, 3> fno::kNames<fno::ptychography::ProbeSource>{"custom", "analytic",
                                                                                             "ideal_disk"};

namespace fno::ptychography {

/// Probes are (n, n), row-major, centred on (n-1)/2.
///
/// The defocused disk that replaces the measured probe (option A): with r in pixels from the centre,
///     |P| = 1.127 erfc((r - 23.3) / (sqrt(2) 4.9)) / 2 (1 + 0.35 exp(-(r - 6.5)^2 / (2 2^2))),  arg P = 0.0533 r^2
/// for n = 64. For another n lengths are scaled by n/64 and the curvature of the phase by 64/n: the disk keeps its part
/// of the frame and the diffraction pattern its part of the detector.
[[nodiscard]] std::vector<Complex> analytic_probe(int n);

/// A flat disk with soft edges: outer product of a Gaussian window (deviation n / (0.7 pi^2)) above 0.5, filtered with
/// sigma 1, plus 1e-9. Real. Concentrates the diffraction near its centre.
[[nodiscard]] std::vector<Complex> ideal_disk_probe(int n);

/// Array "probeGuess" of an NPZ file: (n, n), complex64 or complex128, finite, not zero everywhere. Errors: data.
[[nodiscard]] std::vector<Complex> read_probe(const std::string& path, int n);

/// Gaussian-filters |P| and keeps arg P (0 where P is 0). sigma in pixels, 0 = off.
void smooth_amplitude(std::span<Complex> probe, int n, double sigma);

/// Zero outside the disk (r - c)^2 + (q - c)^2 <= (diameter/2)^2 about c = (n-1)/2.
void mask_probe(std::span<Complex> probe, int n, double diameter);

/// nu = 4 mean |M P| over all n^2 pixels, M the open disk of radius n/4. The simulation illuminates with P / nu.
[[nodiscard]] double simulation_norm(std::span<const Complex> probe, int n);

}  // namespace fno::ptychography
