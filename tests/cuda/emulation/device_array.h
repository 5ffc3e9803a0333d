#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "cuda/emulation/runtime.h"

namespace fno::emulation_test {
inline namespace CU_TARGET {

/// Device memory of exactly `count` elements, released at the end of the scope.
template <class T>
class DeviceArray {
 public:
  explicit DeviceArray(std::size_t count) : count_(count) {
    void* pointer = nullptr;
    cu::check(cu::device_malloc(pointer, count * sizeof(T)));
    data_ = static_cast<T*>(pointer);
  }
  explicit DeviceArray(const std::vector<T>& values) : DeviceArray(values.size()) {
    cu::check(cu::copy_to_device(data_, values.data(), count_ * sizeof(T)));
  }
  ~DeviceArray() { (void)cu::device_free(data_); }
  DeviceArray(const DeviceArray&) = delete;
  DeviceArray& operator=(const DeviceArray&) = delete;

  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] std::vector<T> to_host() const {
    std::vector<T> values(count_);
    cu::check(cu::copy_to_host(values.data(), data_, count_ * sizeof(T)));
    return values;
  }

 private:
  T* data_ = nullptr;
  std::size_t count_;
};

}  // namespace CU_TARGET

/// Uniform in (-1, 1), the same for the same seed.
inline std::vector<float> noise(std::size_t count, std::uint32_t seed) {
  std::mt19937 engine(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(static_cast<double>(engine()) / 2147483648.0 - 1.0);
  return values;
}

}  // namespace fno::emulation_test
