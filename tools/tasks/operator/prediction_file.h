#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tools/files/array_writer.h"
#include "tools/tasks/operator/field_pairs.h"
#include "tools/training/inference.h"

namespace fno::operators {

/// The file that `fno predict` writes, see predict(). It appears with finish(), whole, or not at all.
class PredictionFile {
 public:
  /// Answers of `network` to all samples of `pairs`. Errors: config, storage.
  PredictionFile(const training::PredictionFiles& files, const training::ModelDescription& network,
                 const FieldPairs& pairs);
  /// Those to the next samples, (samples, channels, n1 …) without units. Errors: numeric, storage.
  void append(std::span<const float> answers);
  void finish();
  /// What is in it: [{"name", "type", "shape"}].
  [[nodiscard]] const training::Json& arrays() const { return arrays_; }
  /// "prediction (20, 1, 16, 16) float32, axes nchw".
  [[nodiscard]] std::string text() const;

 private:
  void begin(const std::string& name, const HostArray& like);
  [[nodiscard]] HostArray in_units(std::span<const float> answers) const;

  std::string data_, path_;
  const training::ChannelScaling& scaling_;
  FieldShape shape_;
  Layout axes_;
  std::string grid_axes_;
  std::vector<std::string> channels_;
  bool complex_ = false, in_order_ = false;  // whether samples are the leading axis
  HostType type_ = HostType::f32;
  std::vector<std::byte> gathered_ = {};  // where they are not
  std::int64_t done_ = 0;
  std::unique_ptr<ArrayWriter> writer_;
  training::Json arrays_ = training::Json::array();
};

}  // namespace fno::operators
