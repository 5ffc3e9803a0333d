#include "cuda/context.h"

#include "cuda/architectures.h"
#include "framework/error.h"

namespace fno::cuda::CU_TARGET {
namespace {

// Checks that the device can be used and makes it current, before anything is created on it.
cu::DeviceProperties opened(int index, const std::string& name) {
  int count = 0;
  const cu::Status status = cu::device_count(count);
  require<ErrorKind::device>(!cu::means_no_device(status.code) && (count > 0 || !status.ok()), name,
                             ": no CUDA device can be used on this machine",
                             status.ok() ? std::string() : "; " + status.message());
  cu::check(status, name);
  require<ErrorKind::device>(index >= 0 && index < count, name, ": this machine has ", count, " CUDA device",
                             count == 1 ? "" : "s", ", numbered from 0");
  cu::DeviceProperties properties;
  cu::check(cu::device_properties(index, properties), name);
  require<ErrorKind::device>(runs_on(FNO_CUDA_ARCHITECTURES, properties.major, properties.minor), name, ": ",
                             properties.name, " has compute capability ", properties.major, ".", properties.minor,
                             ", but this program holds kernels for ", FNO_CUDA_ARCHITECTURES, " only");
  cu::check(cu::set_device(index), name);
  return properties;
}

}  // namespace

Context::Context(int index, const std::string& name)
    : index_(index), multiprocessors_(opened(index, name).multiprocessors), memory_(index, stream_.get(), name) {}

void Context::enter() const { cu::check(cu::set_device(index_)); }

}  // namespace fno::cuda::CU_TARGET
