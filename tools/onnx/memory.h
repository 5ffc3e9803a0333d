#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "framework/kernels/backend.h"
#include "tools/onnx/graph.h"

namespace fno {

/// A value of the graph: (k·N, shape…), k·(product of shape) numbers a sample. A spectrum is (modes, N, 2·channels),
/// real parts before imaginary ones, and `shape` says (modes, channels).
struct OnnxHeld {
  std::string name;
  OnnxDims shape;
  bool spectrum = false;
};

[[nodiscard]] std::int64_t product_of(const OnnxDims& dims);

/// Memory of which stretches stand for values of the graph of one sample; all else holds numbers, which are constants.
class OnnxMemory : public Memory {
 public:
  OnnxMemory(std::shared_ptr<OnnxGraph> graph, Device host) : graph_(std::move(graph)), host_(std::move(host)) {}

  [[nodiscard]] bool is_constant(const float* at, std::int64_t count) const;
  void call(const void* at, const std::string& name) { names_[at] = name; }
  void put(const float* at, std::int64_t count, OnnxHeld held);
  /// Its numbers are now constants.
  void forget(const void* at, std::size_t bytes);

  /// What the stretch holds, as it is shaped; put together or cut where it must be. Constants are repeated for every
  /// sample.
  [[nodiscard]] OnnxHeld held(const float* at, std::int64_t count);
  /// The same as (k·N, shape…).
  [[nodiscard]] std::string value(const float* at, std::int64_t count, const OnnxDims& shape);
  [[nodiscard]] std::string value(const float* at, const OnnxDims& shape) {
    return value(at, product_of(shape), shape);
  }
  /// The value (N, shape…), or the constant (1, shape…).
  [[nodiscard]] std::string operand(const float* at, const OnnxDims& shape);
  /// Modes of (modes, N, channels). Errors: config, unless it was written as such.
  [[nodiscard]] std::string spectrum(const float* at, const OnnxDims& shape) const;
  /// Constants. Errors: config, if they depend on the input.
  [[nodiscard]] std::vector<float> numbers(const float* at, std::int64_t count) const;
  [[nodiscard]] std::string constant(const float* at, const OnnxDims& shape);
  [[nodiscard]] std::string name_of(const void* at) const;

  void* allocate(std::size_t bytes) override { return host_.memory().allocate(bytes); }
  void release(void* block, std::size_t bytes) noexcept override;
  void copy(void* to, const void* from, std::size_t bytes, CopyKind kind) override;
  void zero(void* block, std::size_t bytes) override;
  void synchronize() override {}
  [[nodiscard]] MemoryUse use() const override { return host_.memory().use(); }

 private:
  struct Stretch {
    std::int64_t count;
    OnnxHeld held;
  };
  using Stretches = std::map<const float*, Stretch>;
  [[nodiscard]] Stretches::const_iterator first_in(const float* at, std::int64_t count) const;
  [[nodiscard]] OnnxHeld cut(const Stretch& from, std::int64_t first, std::int64_t count);
  [[nodiscard]] OnnxHeld joined(const float* at, std::int64_t count, Stretches::const_iterator first);
  [[nodiscard]] std::string shaped(const OnnxHeld& held, const OnnxDims& shape);
  [[nodiscard]] OnnxHeld repeated(const float* at, const OnnxDims& shape);

  std::shared_ptr<OnnxGraph> graph_;
  Device host_;
  Stretches stretches_;
  std::map<const void*, std::string> names_;
};

}  // namespace fno
