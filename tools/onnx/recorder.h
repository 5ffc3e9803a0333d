#pragma once

#include <memory>
#include <string>

#include "framework/kernels/backend.h"
#include "tools/onnx/graph.h"

namespace fno {

/// A device that writes down what it is asked for as operators of an ONNX graph: a network whose parameters lie on it,
/// given its input, leaves its own description. Nothing about any network is known here: each job of the contracts has
/// its operators, and work on numbers that do not depend on the input is done, by `host`, and becomes constants.
///
/// Recorded is one sample, which stands for any number of them. What would see more than one at a time (a sum over the
/// batch), read values back, train, or has no plain operators is refused: Error(config) naming the job.
class OnnxRecorder {
 public:
  /// `host` keeps memory that this program can read: the CPU.
  explicit OnnxRecorder(Device host);

  [[nodiscard]] const Device& device() const { return device_; }
  [[nodiscard]] OnnxGraph& graph() { return *graph_; }

  /// Numbers that begin there are called so in the graph: a parameter.
  void call(const void* at, const std::string& name);
  /// From now on the memory holds the value `name` of the graph, (N, shape…).
  void put(const float* at, const OnnxDims& shape, const std::string& name);
  /// The value (N, shape…) that the memory holds.
  [[nodiscard]] std::string value(const float* at, const OnnxDims& shape);

 private:
  std::shared_ptr<OnnxGraph> graph_;
  std::shared_ptr<class OnnxMemory> memory_;
  Device device_;
};

}  // namespace fno
