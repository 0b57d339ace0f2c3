/* What `docker run hello-world` says. */
#include <stdio.h>

int main(void)
{
    int written = puts(
        "\n"
        "Hello from identidock-lab! Docker works on this machine.\n"
        "\n"
        "Until you could read this, Docker took these steps:\n"
        " 1. The Docker client, which is the command that you typed, asked the Docker Engine for a\n"
        "    container of the image hello-world.\n"
        " 2. The engine looked for that image on this machine. Where it was missing, the engine pulled it\n"
        "    from the lab's mirror; elsewhere it would come from Docker Hub.\n"
        " 3. The engine made a new container from the image and ran the one program that is in it.\n"
        " 4. The engine streamed the program's output, this text, to the client, and the client wrote it\n"
        "    to your terminal.\n"
        "\n"
        "This is the lab's own hello-world, not Docker's. It is built from apps/hello-world.\n"
        "\n"
        "Next, look around in a whole Debian, and leave it with exit:\n"
        " docker run -it --rm debian:13 bash");
    return written < 0 || fflush(stdout) != 0;
}
