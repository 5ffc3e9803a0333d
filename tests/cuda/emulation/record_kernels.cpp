#include <cstdlib>
#include <gtest/gtest.h>

#include "cuda/emulation/kernel_registry.h"

// Link this into a test program, and it appends the kernels it ran to the file named in FNO_KERNELS_EXECUTED, if that
// is set. kernel_coverage.sh makes the list of all programs out of it.
namespace {

class RecordKernels : public testing::Environment {
 public:
  void TearDown() override {
    if (const char* path = std::getenv("FNO_KERNELS_EXECUTED")) fno::cu::append_executed_kernels(path);
  }
};

[[maybe_unused]] const testing::Environment* const kRecorder = testing::AddGlobalTestEnvironment(new RecordKernels);

}  // namespace
