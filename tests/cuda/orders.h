#pragma once

#include <cstddef>
#include <memory>
#include <string>

/// How the kernel tests meet the device they are linked with: orders_emulated.cpp for the emulator,
/// on_device/orders.cpp for a real one. Nothing else in those tests knows the difference.
namespace fno::cuda_test {

/// Begins the device's error messages.
[[nodiscard]] const char* device_name();

/// True where every access is watched, by a sanitizer or the race detector, and the smallest sizes must do. On a real
/// device: where FNO_TEST_SIZES is "smallest", which is how tools/gpu_check runs compute-sanitizer.
[[nodiscard]] bool slow_build();

/// How often each case runs: in emulation once for each order of threads, on a device twice. The bits must be the same.
[[nodiscard]] int runs();
[[nodiscard]] std::string describe_run(int run);

/// The settings of that run, for a scope.
class ScopedRun {
 public:
  explicit ScopedRun(int run);
  ~ScopedRun();
  ScopedRun(const ScopedRun&) = delete;
  ScopedRun& operator=(const ScopedRun&) = delete;

 private:
  std::shared_ptr<void> scope_;
};

/// Fills fresh device memory with NaN, where the device does not do that and nobody watches for uninitialised reads.
void poison(void* device, std::size_t bytes);

}  // namespace fno::cuda_test
