# syntax=docker/dockerfile:1

# One static program on nothing: about 40 MB.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN make build && mkdir -p /empty/data /empty/tmp && chmod 1777 /empty/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /src/build/telefonist /telefonist
COPY --from=build --chown=65532:65532 /empty/data /data
COPY --from=build /empty/tmp /tmp
USER 65532:65532
# Sealing key, database and socket; lose the key and the credentials are lost.
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
ENTRYPOINT ["/telefonist"]
CMD ["serve", "--data", "/data", "--listen", "0.0.0.0:8080"]
