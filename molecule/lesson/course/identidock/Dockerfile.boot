FROM python:3.7
RUN groupadd -r uwsgi && useradd -r -g uwsgi uwsgi
RUN pip install Flask uWSGI requests redis
WORKDIR /app
ENV APP_ENVIRONMENT PROD
COPY app /app
COPY boot.sh /
RUN chmod a+x /boot.sh
EXPOSE 9090 9191
USER uwsgi
CMD ["/boot.sh"]
