#pragma once

#include <optional>
#include <string>

#include "tools/files/array_file.h"
#include "tools/tasks/ptychography/dataset.h"

namespace fno::ptychography {

/// Whether the file is a measurement: it has diffraction and positions, by the names of any layout known here.
[[nodiscard]] bool is_measurement(const ArrayFile& file);

/// The names by which arrays of a measurement are found, in words.
[[nodiscard]] std::string measurement_names();

/// Reads a measurement: patterns, a probe and positions, no labels. Layouts, each by the names of its public documents:
///
/// - hoidn/PtychoPINN, docs/data_contracts.md: diffraction or diff3d (n, N, N), probeGuess (N, N), xcoords and ycoords
///   (n) in pixels, objectGuess where there is one; the same below raw_data/; mask (N, N) or (n, N, N).
/// - PtyPy, "Ptyd file format": chunks/K/data and positions (n, 2) in metres, vertical first; chunks/K/weights; energy
///   (keV), distance and psize of meta/, which give the side of an object pixel, λ·distance / (N·psize).
/// - CXI, NXcxi_ptycho: entry_1/data_1/data, translations of the sample (n, 3) in metres, so the beam moves the other
///   way; energy (J), distance and pixel size of the detector; its mask, 0 where a pixel is good.
///
/// Patterns may be of any real type. Intensities become amplitudes, these and the probe are divided by their units:
/// `units`, where the network was trained with others than this file's own.
/// Errors   data, one line: what is missing, sizes that disagree, NaN and infinity where the mask counts
[[nodiscard]] PtychoData read_measurement(const ArrayFile& file, const MeasurementReading& reading,
                                          const std::optional<ScanUnits>& units);

}  // namespace fno::ptychography
