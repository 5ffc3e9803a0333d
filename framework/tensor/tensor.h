#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <vector>

#include "framework/kernels/backend.h"
#include "framework/tensor/dtype.h"
#include "framework/tensor/shape.h"

namespace fno {

/// A block of device memory that goes back to its pool when the last tensor lets go of it.
class Storage {
 public:
  Storage(Device device, std::size_t bytes);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;
  [[nodiscard]] void* data() const { return data_; }
  [[nodiscard]] const Device& device() const { return device_; }
  /// How often the values were overwritten in place, as far as it was said: the reverse pass looks at it.
  [[nodiscard]] std::uint64_t version() const { return version_.load(std::memory_order_relaxed); }
  void overwritten() { version_.fetch_add(1, std::memory_order_relaxed); }

 private:
  Device device_;
  std::size_t bytes_;
  void* data_;
  std::atomic<std::uint64_t> version_{0};
};

/// A contiguous row-major array on one device. Copies share the memory; there are no strided views.
class Tensor {
 public:
  Tensor() = default;
  /// Uninitialised memory.
  Tensor(Shape shape, Dtype dtype, const Device& device);

  [[nodiscard]] static Tensor zeros(Shape shape, Dtype dtype, const Device& device);
  [[nodiscard]] static Tensor full(Shape shape, Dtype dtype, const Device& device, double value);
  /// Copies host values; their number must be that of the shape.
  template <Element T>
  [[nodiscard]] static Tensor from(std::span<const T> values, Shape shape, const Device& device);
  template <Element T>
  [[nodiscard]] static Tensor from(const std::vector<T>& values, Shape shape, const Device& device) {
    return from(std::span<const T>(values), std::move(shape), device);
  }

  [[nodiscard]] bool defined() const { return storage_ != nullptr; }
  [[nodiscard]] const Shape& shape() const { return shape_; }
  [[nodiscard]] std::int64_t shape(int axis) const { return shape_[axis]; }
  [[nodiscard]] int rank() const { return shape_.rank(); }
  [[nodiscard]] std::int64_t size() const { return shape_.size(); }
  [[nodiscard]] std::size_t bytes() const { return static_cast<std::size_t>(size()) * bytes_of(dtype_); }
  [[nodiscard]] Dtype dtype() const { return dtype_; }
  /// Errors: config for an undefined tensor.
  [[nodiscard]] const Device& device() const {
    require<ErrorKind::config>(defined(), "an undefined tensor was used");
    return storage_->device();
  }

  /// Pointer on the device. T must be the element type, or the real type of a complex tensor (pairs).
  template <Element T>
  [[nodiscard]] T* data() const;

  /// The same memory under another shape of equal size.
  [[nodiscard]] Tensor reshape(Shape shape) const;
  /// The same memory as another type: complex (…) as real (…, 2) and back.
  [[nodiscard]] Tensor as_real() const;
  [[nodiscard]] Tensor as_complex() const;
  /// Entries first … last-1 of axis 0, sharing memory.
  [[nodiscard]] Tensor rows(std::int64_t first, std::int64_t last) const;
  /// A copy of its own on `device`.
  [[nodiscard]] Tensor to(const Device& device) const;
  [[nodiscard]] Tensor clone() const { return to(device()); }
  /// Overwrites the values with those of `other`, of equal shape and type.
  void copy_from(const Tensor& other);
  /// To be called by whoever writes through data() into a tensor that an op may have read: a reverse pass that needs
  /// the values of before is then an error, not a wrong gradient. copy_from and optimisers do so themselves.
  void overwritten() const { storage_->overwritten(); }

  /// The values on the host; waits for the device. T is the element type, or the real type of a complex one (pairs).
  template <Element T>
  [[nodiscard]] std::vector<T> to_host() const;
  /// The value of a tensor of one real element; waits for the device.
  [[nodiscard]] double item() const;

  /// True if no other tensor shares the memory, so that it may be overwritten.
  [[nodiscard]] bool sole_owner() const { return storage_.use_count() == 1; }

 private:
  friend class SavedVersion;
  std::shared_ptr<Storage> storage_;
  std::size_t offset_ = 0;  // bytes
  Shape shape_;
  Dtype dtype_ = Dtype::float32;
};

/// Remembers which memory a tensor had and how often it had been overwritten.
class SavedVersion {
 public:
  explicit SavedVersion(const Tensor& tensor)
      : storage_(tensor.storage_.get()), version_(storage_ == nullptr ? 0 : storage_->version()) {}
  /// Whether the tensor still has that memory and it was overwritten since.
  [[nodiscard]] bool overwritten_in(const Tensor& tensor) const {
    return storage_ != nullptr && tensor.storage_.get() == storage_ && storage_->version() != version_;
  }

 private:
  const Storage* storage_;
  std::uint64_t version_;
};

std::ostream& operator<<(std::ostream& out, const Tensor& tensor);  ///< shape, type and device, not the values

template <Element T>
Tensor Tensor::from(std::span<const T> values, Shape shape, const Device& device) {
  Tensor t(std::move(shape), kDtypeOf<T>, device);
  require<ErrorKind::config>(static_cast<std::int64_t>(values.size()) == t.size(), "Tensor::from: ", values.size(),
                             " values for shape ", t.shape());
  if (t.size() > 0) device.memory().copy(t.data<T>(), values.data(), t.bytes(), CopyKind::host_to_device);
  return t;
}

template <Element T>
T* Tensor::data() const {
  const bool exact = kDtypeOf<T> == dtype_, pairs = is_complex(dtype_) && kDtypeOf<T> == real_of(dtype_);
  require<ErrorKind::config>(defined() && (exact || pairs), "Tensor::data: asked for ", kDtypeOf<T>, " of a ", dtype_,
                             " tensor");
  return reinterpret_cast<T*>(static_cast<std::byte*>(storage_->data()) + offset_);
}

template <Element T>
std::vector<T> Tensor::to_host() const {
  const T* source = data<T>();
  std::vector<T> values(bytes() / sizeof(T));
  if (!values.empty()) device().memory().copy(values.data(), source, bytes(), CopyKind::device_to_host);
  return values;
}

}  // namespace fno
