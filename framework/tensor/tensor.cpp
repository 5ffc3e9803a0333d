#include "framework/tensor/tensor.h"

namespace fno {

Storage::Storage(Device device, std::size_t bytes)
    : device_(std::move(device)), bytes_(bytes), data_(device_.memory().allocate(bytes)) {}

Storage::~Storage() { device_.memory().release(data_, bytes_); }

Tensor::Tensor(Shape shape, Dtype dtype, const Device& device) : shape_(std::move(shape)), dtype_(dtype) {
  require<ErrorKind::device>(device.valid(), "Tensor: no device given for shape ", shape_);
  std::int64_t total = 1;
  for (const std::int64_t extent : shape_) {
    const bool fits = !__builtin_mul_overflow(total, extent, &total);
    require<ErrorKind::config>(fits && total < (std::int64_t{1} << 56), "Tensor: shape ", shape_, " is too large");
  }
  try {
    storage_ = std::make_shared<Storage>(device, bytes());
  } catch (const Error& e) {
    fail(e.kind(), e.what(), ", for a tensor of shape ", shape_, " ", dtype_);
  }
}

Tensor Tensor::zeros(Shape shape, Dtype dtype, const Device& device) {
  Tensor t(std::move(shape), dtype, device);
  device.memory().zero(t.storage_->data(), t.bytes());
  return t;
}

Tensor Tensor::full(Shape shape, Dtype dtype, const Device& device, double value) {
  Tensor t(std::move(shape), dtype, device);
  with_real(dtype, [&]<class T>(T) {
    const std::int64_t reals = t.size() * (is_complex(dtype) ? 2 : 1);
    device.run(Scale<T>{.x = nullptr, .y = t.data<T>(), .a = 0, .b = 0, .c = static_cast<T>(value), .n = reals});
  });
  return t;
}

Tensor Tensor::reshape(Shape shape) const {
  require<ErrorKind::config>(shape.size() == size(), "reshape: ", shape_, " has ", size(), " elements, ", shape,
                             " has ", shape.size());
  Tensor t = *this;
  t.shape_ = std::move(shape);
  return t;
}

Tensor Tensor::as_real() const {
  require<ErrorKind::config>(is_complex(dtype_), "as_real: the tensor is ", dtype_, ", not complex");
  Tensor t = *this;
  t.shape_.push_back(2);
  t.dtype_ = real_of(dtype_);
  return t;
}

Tensor Tensor::as_complex() const {
  require<ErrorKind::config>(!is_complex(dtype_) && rank() > 0 && shape_[rank() - 1] == 2,
                             "as_complex: a real tensor with a last axis of 2 is needed, not ", shape_, " ", dtype_);
  Tensor t = *this;
  t.shape_ = Shape(std::vector<std::int64_t>(shape_.begin(), shape_.end() - 1));
  t.dtype_ = complex_of(dtype_);
  return t;
}

Tensor Tensor::rows(std::int64_t first, std::int64_t last) const {
  require<ErrorKind::config>(rank() > 0 && 0 <= first && first <= last && last <= shape_[0], "rows: ", first, " … ",
                             last, " of shape ", shape_);
  Tensor t = *this;
  t.shape_[0] = last - first;
  t.offset_ += static_cast<std::size_t>(first * shape_.product(1, rank())) * bytes_of(dtype_);
  return t;
}

Tensor Tensor::to(const Device& target) const {
  Tensor t(shape_, dtype_, target);
  t.copy_from(*this);
  return t;
}

void Tensor::copy_from(const Tensor& other) {
  require<ErrorKind::config>(other.shape_ == shape_ && other.dtype_ == dtype_, "copy_from: ", other, " into ", *this);
  if (size() == 0) return;
  overwritten();
  void* to = static_cast<std::byte*>(storage_->data()) + offset_;
  const void* from = static_cast<const std::byte*>(other.storage_->data()) + other.offset_;
  if (device() == other.device()) {
    device().memory().copy(to, from, bytes(), CopyKind::device_to_device);
  } else {  // through the host: which of the two devices is the host's own is nobody's business up here
    std::vector<std::byte> host(bytes());
    other.device().memory().copy(host.data(), from, bytes(), CopyKind::device_to_host);
    device().memory().copy(to, host.data(), bytes(), CopyKind::host_to_device);
  }
}

double Tensor::item() const {
  require<ErrorKind::config>(size() == 1 && !is_complex(dtype_), "item: ", *this, " is not one real number");
  if (dtype_ == Dtype::float64) return to_host<double>()[0];
  if (dtype_ == Dtype::int32) return to_host<std::int32_t>()[0];
  return to_host<float>()[0];
}

std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
  if (!tensor.defined()) return out << "(undefined tensor)";
  return out << tensor.shape() << ' ' << tensor.dtype() << ' ' << tensor.device().name();
}

}  // namespace fno
