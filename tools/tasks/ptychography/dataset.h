#pragma once

#include <complex>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/files/stored_array.h"
#include "tools/tasks/ptychography/grid_lines.h"
#include "tools/tasks/ptychography/image2d.h"
#include "tools/tasks/ptychography/measurement.h"
#include "tools/tasks/ptychography/metadata.h"

namespace fno::ptychography {

/// One split in ordinary memory.
struct PtychoData {
  std::string path, sha256;                ///< of the whole file
  std::vector<StoredArray> arrays;         ///< those that were read, in the order of the file format
  std::int64_t n = 0;                      ///< patterns
  int N = 0, C = 0;                        ///< side of a pattern, channels (gridsize^2)
  std::vector<float> diffraction;          ///< X (n, C, N, N): amplitudes, zero frequency at (N/2, N/2)
  std::vector<std::complex<float>> probe;  ///< P (N, N), not normalised

  int images = 0, size = 0;                  ///< 0 where the file has no objects
  std::vector<std::complex<float>> objects;  ///< (images, size, size), not normalised
  std::optional<ComplexImage> ground_truth;  ///< YY_ground_truth, if the file has it
  std::optional<double> norm_Y_I;            ///< n_Y: of the array, else of the metadata
  Metadata metadata;                         ///< of foreign files only what they say, and set_phi by looking at Y_phi

  /// Of files that hold a measurement (measurement_file.h): diffraction and probe are in its units then, and where it
  /// has a mask pixels that do not count are 0.
  std::optional<Measurement> measurement;
  std::vector<float> target;  ///< with a mask: diffraction and mask (n, 2, N, N); empty: the diffraction

  /// How it was read, in one line.
  [[nodiscard]] std::string text() const;
};

/// Reads a measurement (measurement_file.h), or train.npz, test.npz or validation.npz, ours or of hoidn/PtychoPINN. Of
/// these are demanded diffraction, Y_I and Y_phi
/// (n, N, N, C), coords_nominal (n, 1, 2, C), all float32 or float64, and probeGuess (N, N); used if there are YY_full
/// (images, S, S, 1), YY_ground_truth (s, s, 1), norm_Y_I () and _metadata. Metadata that Python pickled are found by
/// their braces, or done without; those written here must be whole.
///
/// Errors   data, one line naming file, array, what was found and what is accepted: a missing file or array, damage, a
///          wrong type or shape, NaN or infinity with its index. Types and shapes are judged before any element is
///          read.
/// Memory   twice the diffraction at most
[[nodiscard]] PtychoData read_dataset(const std::string& path, const MeasurementReading& reading = {},
                                      const std::optional<ScanUnits>& units = {});

/// What a reconstruction of this split is scored against: the ground truth of the file, else the part of its first
/// object that stitching covers (stitch.h). Errors: data if the file has neither it, nor objects and
/// `outer_offset_test` in its metadata.
[[nodiscard]] ComplexImage ground_truth(const PtychoData& data);

/// The metadata alone. Errors: data.
[[nodiscard]] Metadata read_metadata(const std::string& path);

/// The files of a data set.
struct DatasetPaths {
  std::string train, test, description;   ///< train.npz, test.npz, dataset.json
  std::optional<std::string> validation;  ///< validation.npz, if the set has one
  bool made = false;                      ///< by this call
};

/// Makes the data set and writes it into the folder, which is made if need be: the NPZ files (deflated), then
/// dataset.json with the metadata and the SHA-256 of every file and array. Each file appears whole or not at all; those
/// of an older set, a validation.npz of it included, are replaced. The same settings give the same bytes, whatever the
/// threads.
///
/// Errors   config and data as `prepare`, storage
/// Memory   one array at a time: 4 bytes x N^2 x patches of the largest split
DatasetPaths simulate(const GridLines& settings, const std::string& folder, int threads = 1);

/// The set in the folder if it is the one asked for (metadata, and the hashes of dataset.json where it stands); made if
/// there is none, or if some files of this very set are missing. Errors: config if another set stands there, naming the
/// key; data if a file is damaged or is not what dataset.json says.
DatasetPaths ensure_dataset(const GridLines& settings, const std::string& folder, int threads = 1);

}  // namespace fno::ptychography
