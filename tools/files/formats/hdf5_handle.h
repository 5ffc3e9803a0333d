#pragma once

#include <hdf5.h>
#include <string>
#include <utility>

#include "framework/error.h"

namespace fno {

/// An object of the HDF5 library, closed at the end. Opening one that the library refuses is an error of `kind`.
class Hdf5Handle {
 public:
  Hdf5Handle() = default;
  Hdf5Handle(hid_t id, herr_t (*close)(hid_t), const std::string& what, ErrorKind kind = ErrorKind::data)
      : id_(id), close_(close) {
    if (id < 0) fail(kind, what);
  }
  Hdf5Handle(Hdf5Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Hdf5Handle& operator=(Hdf5Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Hdf5Handle() {
    if (id_ >= 0) close_(id_);
  }
  operator hid_t() const noexcept { return id_; }

 private:
  hid_t id_ = -1;
  herr_t (*close_)(hid_t) = nullptr;
};

}  // namespace fno
