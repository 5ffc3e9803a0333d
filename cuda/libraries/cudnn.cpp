#include "cuda/libraries/cudnn.h"

namespace fno::cuda::CU_TARGET {

Library<Cudnn> load_cudnn() {
  Library<Cudnn> loaded{.name = "cuDNN", .functions = {}, .path = {}, .version = {}, .problem = {}};
  SharedLibrary file("libcudnn.so.9");
  Cudnn& f = loaded.functions;
  file.find("cudnnGetVersion", f.get_version);
  file.find("cudnnGetErrorString", f.error_string);
  file.find("cudnnCreate", f.create);
  file.find("cudnnDestroy", f.destroy);
  file.find("cudnnSetStream", f.set_stream);
  file.find("cudnnCreateTensorDescriptor", f.create_tensor);
  file.find("cudnnDestroyTensorDescriptor", f.destroy_tensor);
  file.find("cudnnSetTensorNdDescriptor", f.set_tensor);
  file.find("cudnnCreateFilterDescriptor", f.create_filter);
  file.find("cudnnDestroyFilterDescriptor", f.destroy_filter);
  file.find("cudnnSetFilterNdDescriptor", f.set_filter);
  file.find("cudnnCreateConvolutionDescriptor", f.create_convolution);
  file.find("cudnnDestroyConvolutionDescriptor", f.destroy_convolution);
  file.find("cudnnSetConvolutionNdDescriptor", f.set_convolution);
  file.find("cudnnSetConvolutionMathType", f.set_math_type);
  file.find("cudnnGetConvolutionForwardWorkspaceSize", f.forward_bytes);
  file.find("cudnnConvolutionForward", f.forward);
  file.find("cudnnGetConvolutionBackwardDataWorkspaceSize", f.backward_data_bytes);
  file.find("cudnnConvolutionBackwardData", f.backward_data);
  file.find("cudnnGetConvolutionBackwardFilterWorkspaceSize", f.backward_filter_bytes);
  file.find("cudnnConvolutionBackwardFilter", f.backward_filter);
  loaded.path = file.path();
  loaded.problem = file.problem();
  if (loaded.usable()) {
    const std::size_t version = f.get_version();
    loaded.version = std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
                     std::to_string(version % 100);
  }
  return loaded;
}

const Library<Cudnn>& cudnn() {
  // Never destroyed: a device kept to the end of the program closes its handles later than that.
  static const Library<Cudnn>& loaded = *new Library<Cudnn>(load_cudnn());
  return loaded;
}

}  // namespace fno::cuda::CU_TARGET
