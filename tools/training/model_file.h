#pragma once

#include <string>

#include "tools/files/safetensors.h"
#include "tools/settings/settings.h"
#include "tools/training/checkpoint.h"

namespace fno::training {

/// RUN/model.safetensors: the weights for other programs.
///
/// Complex tensors have a trailing axis of 2 (real, imaginary). Spectral weights, mode-major in the network (N, Ci,
/// Co), are saved as (Ci, Co, rows…, 2), the rows of each axis as weight_modes() orders them
/// (framework/ops/spectral.h). Metadata: format, architecture and sizes, scaling, channels, grid, settings, and what
/// was said here: all that it takes to use the network (trained_network.h). Where the run stood, on what it ran and
/// what it showed is not in it: equal runs leave equal files. Errors: storage.
void write_model_file(const std::string& path, const ParameterStore& store, const ModelDescription& model,
                      const settings::Settings& settings);

/// Such a file, read back.
class ModelFile {
 public:
  /// Reads what the file says of its network. Errors: data, if there is no such file; checkpoint, if it is damaged or
  /// not of this program.
  explicit ModelFile(const std::string& path);
  [[nodiscard]] const ModelDescription& model() const { return model_; }
  /// Those of the run that make the weights what they are, and how it read its data.
  [[nodiscard]] const settings::Settings& settings() const { return settings_; }
  /// Copies the weights into the parameters of a network of that description. Errors: checkpoint.
  void restore_weights(const ParameterStore& store) const;

 private:
  SafetensorsReader file_;
  ModelDescription model_;
  settings::Settings settings_;
};

}  // namespace fno::training
