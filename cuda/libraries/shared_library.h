#pragma once

#include <string>

#include "cuda/emulation/target.h"

namespace fno::cuda::CU_TARGET {

/// A library opened while the program runs, so that the program starts without it. Looked for, by the name under which
/// linkers know it, in the folder FNO_CUDA_LIBRARY_PATH alone if that is set; otherwise where the loader looks, then in
/// lib64 and lib of CUDA_HOME, CUDA_PATH and /usr/local/cuda. Once open it stays so.
class SharedLibrary {
 public:
  explicit SharedLibrary(const std::string& name);
  [[nodiscard]] bool is_open() const { return handle_ != nullptr; }
  [[nodiscard]] const std::string& path() const { return path_; }        ///< of the file, once open
  [[nodiscard]] const std::string& problem() const { return problem_; }  ///< one line: why it is not

  /// Sets a pointer to the function of that name. A name that the library lacks makes a problem and closes nothing:
  /// the pointer is null and must not be called.
  template <class F>
  void find(const char* function, F*& pointer) {
    pointer = reinterpret_cast<F*>(address(function));
  }

 private:
  void* address(const char* function);

  std::string name_, path_, problem_;
  void* handle_ = nullptr;
};

/// A library with the table of its functions that are used here.
template <class Functions>
struct Library {
  const char* name;  ///< "cuBLAS"
  Functions functions;
  std::string path, version, problem;
  [[nodiscard]] bool usable() const { return problem.empty(); }
};

}  // namespace fno::cuda::CU_TARGET
